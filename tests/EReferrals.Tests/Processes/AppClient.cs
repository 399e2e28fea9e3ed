using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Tests.Ers;

namespace EReferrals.Tests.Processes;

/// <summary>A client of an app that runs in its own processes.</summary>
internal sealed class AppClient(Uri address) : IDisposable
{
    public HttpClient Http { get; } = new(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(1) };

    public async Task<string> TokenAsync(Actor actor)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["user"] = actor.User, ["organisation"] = actor.Organisation, ["role"] = Code.From(actor.Role), ["expiresIn"] = "3600",
        });
        using var response = await Http.PostAsync(new Uri("/local/token", UriKind.Relative), form);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!.GetValue<string>();
    }

    public async Task<HttpResponseMessage> SendAsync(
        string token, Actor actor, HttpMethod method, string path, JsonNode? body = null, string? key = null, params (string Name, string Value)[] headers)
    {
        // The e-RS API takes no other JSON than FHIR.
        var type = path.StartsWith(ErsSteps.Stu3, StringComparison.Ordinal) ? new MediaTypeHeaderValue(ErsSteps.Fhir) : null;
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, type) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Add("NHSD-End-User-Organisation-ODS", actor.Organisation);
        request.Headers.Add("NHSD-eRS-Business-Function", Code.From(actor.Role));
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        // Buffering sets Content-Length. The Functions host passes no body to a function without it.
        if (request.Content is { } content) await content.LoadIntoBufferAsync();
        return await Http.SendAsync(request);
    }

    public void Dispose() => Http.Dispose();
}
