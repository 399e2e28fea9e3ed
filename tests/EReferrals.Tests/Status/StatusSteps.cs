using System.Text.Json.Nodes;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Status;

internal static class StatusSteps
{
    /// <summary>Polls the status until it is as expected, because a response may be the last known one while a newer one is computed.</summary>
    public static async Task<JsonObject> StatusAsync(this RunningApp app, Func<JsonObject, bool>? isExpected = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            using var response = await app.Http.GetAsync(new Uri("/v1/status", UriKind.Relative), limit.Token);
            Assert.Equal(200, (int)response.StatusCode);
            var status = await response.JsonAsync();
            if (isExpected is null || isExpected(status)) return status;
            await Task.Delay(50, limit.Token);
        }
    }

    public static string State(this JsonObject status) => status["state"]!.GetValue<string>();

    public static string Component(this JsonObject status, string name) =>
        status["components"]!.AsArray().Single(component => component!["name"]!.GetValue<string>() == name)!["state"]!.GetValue<string>();

    public static async Task<string> PageAsync(this RunningApp app)
    {
        using var response = await app.Http.GetAsync(new Uri("/", UriKind.Relative));
        Assert.Equal(200, (int)response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }
}
