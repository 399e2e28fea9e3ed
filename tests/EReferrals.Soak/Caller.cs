using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace EReferrals.Soak;

/// <summary>A user of one organisation in one role who retries until there is a response.</summary>
internal sealed class Caller(SoakApp app, Ledger ledger, string user, string organisation, string role) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    // HttpClient drops the Authorization header when it follows a redirect, so the caller follows redirects itself.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(30) };
    private readonly SemaphoreSlim _oneToken = new(1);
    private (Uri? Address, string Token, DateTimeOffset Until) _token = (null, "", default);

    public string Organisation => organisation;

    public static Caller Practice(SoakApp app, Ledger ledger) => new(app, ledger, "021600556514", "D82106", "REFERRING_CLINICIAN");

    public static Caller Hospital(SoakApp app, Ledger ledger, string organisation) =>
        new(app, ledger, "103264994981", organisation, "SERVICE_PROVIDER_CLINICIAN");

    public static Caller Operator(SoakApp app, Ledger ledger) => new(app, ledger, "000000000103", "R69", "OPERATOR");

    /// <summary>
    /// Repeats a request until its response is neither missing nor 429 nor 503. The host's own error for a dead worker does not count as a response of the
    /// app. The request must be safe to repeat: a read, or a write with an idempotency key.
    /// </summary>
    public async Task<Answer> SendAsync(HttpMethod method, string path, JsonNode? body = null, params (string Name, string Value)[] headers)
    {
        while (true)
        {
            if (await TryAsync(method, path, body?.ToJsonString(), headers) is { } answer)
            {
                ledger.Answered(answer.Status);
                if (answer.Status is not (429 or 503)) return answer;
            }
            else
            {
                ledger.NotAnswered();
            }

            await Task.Delay(Pause);
        }
    }

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public void Dispose()
    {
        _http.Dispose();
        _oneToken.Dispose();
    }

    private async Task<Answer?> TryAsync(HttpMethod method, string path, string? body, (string Name, string Value)[] headers)
    {
        if (app.Address is not { } address) return null;
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(address, path));
            if (body is not null) request.Content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
            var (token, isNew) = await TokenAsync(address);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            request.Headers.Add("NHSD-End-User-Organisation-ODS", organisation);
            request.Headers.Add("NHSD-eRS-Business-Function", role);
            foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
            using var response = await _http.SendAsync(request);
            if (response is { StatusCode: HttpStatusCode.TemporaryRedirect, Headers.Location: { } first })
            {
                return await TryAsync(method, first.ToString(), body, headers);
            }

            // The clock was set ahead: a token has expired, and a client signs in again.
            if (response.StatusCode == HttpStatusCode.Unauthorized && !isNew)
            {
                _token = default;
                return await TryAsync(method, path, body, headers);
            }

            var text = await response.Content.ReadAsStringAsync();
            // Every error of the app has a problem body.
            if ((int)response.StatusCode >= 500 && response.Content.Headers.ContentType?.MediaType is not "application/problem+json") return null;
            return new Answer((int)response.StatusCode, response.Headers.ETag?.ToString(), text);
        }
        catch (Exception ex) when (ex is HttpRequestException or TaskCanceledException or IOException)
        {
            return null;
        }
    }

    private async Task<(string Token, bool IsNew)> TokenAsync(Uri address)
    {
        await _oneToken.WaitAsync();
        try
        {
            // The address is the issuer. A token of an app that was killed meanwhile is of another issuer.
            if (_token.Address == address && _token.Until > DateTimeOffset.UtcNow) return (_token.Token, false);
            using var form = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["user"] = user, ["organisation"] = organisation, ["role"] = role, ["expiresIn"] = "3600",
            });
            using var response = await _http.PostAsync(new Uri(address, "/local/token"), form);
            response.EnsureSuccessStatusCode();
            var token = (await response.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!.GetValue<string>();
            // A token lives an hour.
            _token = (address, token, DateTimeOffset.UtcNow.AddMinutes(50));
            return (token, true);
        }
        finally
        {
            _oneToken.Release();
        }
    }
}

internal sealed record Answer(int Status, string? Tag, string Body)
{
    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();
}
