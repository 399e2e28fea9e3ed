using System.Text.Json;
using System.Text.Json.Nodes;

namespace EReferrals.Tests.Journeys;

/// <summary>Checks what all problem responses have in common.</summary>
internal static class Problems
{
    public static async Task<JsonObject> ProblemAsync(this HttpResponseMessage response, int status)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode} instead of {status}: {body}");
        return await response.ProblemAsync();
    }

    public static async Task<JsonObject> ProblemAsync(this HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        AssertTellsNothing(body);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize<JsonObject>(body)!;
        Assert.StartsWith("urn:ereferrals:problem:", (string?)problem["type"], StringComparison.Ordinal);
        Assert.Equal((int)response.StatusCode, (int?)problem["status"]);
        Assert.False(string.IsNullOrWhiteSpace((string?)problem["title"]));
        Assert.False(string.IsNullOrWhiteSpace((string?)problem["detail"]));
        Assert.Equal(response.Headers.GetValues("X-Correlation-ID").Single(), (string?)problem["correlationId"]);
        Assert.Single(response.Headers.GetValues("X-Request-ID"));
        Assert.True(response.Headers.CacheControl?.NoStore);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        return problem;
    }

    /// <summary>Returns the place and code of every error.</summary>
    public static IEnumerable<string> In(JsonObject problem) =>
        problem["errors"]?.AsArray().Select(error => $"{(error!["pointer"] ?? error["header"] ?? error["parameter"])} {error["code"]}") ?? [];

    public static void AssertTellsNothing(string body)
    {
        foreach (var secret in new[] { "   at ", "Exception", "StackTrace", ".cs:line", "9434765919", "Jones", "Chest pain" })
        {
            Assert.DoesNotContain(secret, body, StringComparison.Ordinal);
        }
    }
}
