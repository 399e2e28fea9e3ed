using System.Net;
using System.Net.Http.Headers;
using System.Text;
using EReferrals.Local.Identity;

namespace EReferrals.Local.Seeding;

/// <summary>Loads the services and free slots of seed.json through the public API. <c>/health/ready</c> reports not ready until then.</summary>
internal sealed class Seeder(string file, Uri address, TokenIssuer issuer, TimeProvider clock, Action<string> progress)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public bool IsDone { get; private set; }

    public void Skip() => IsDone = true;

    public async Task SeedAsync(CancellationToken stop)
    {
        progress("Seeding");
        using var http = new HttpClient { BaseAddress = address };
        using var seed = JsonDocument.Parse(await File.ReadAllTextAsync(file, stop));
        var providers = new Dictionary<string, string>();
        foreach (var service in seed.RootElement.GetProperty("services").EnumerateArray())
        {
            var id = service.GetProperty("id").GetString()!;
            providers[id] = service.GetProperty("provider").GetString()!;
            await RepeatAsync($"service {id}", () => LoadAsync(http, service, stop), stop);
        }

        await Task.WhenAll(seed.RootElement.GetProperty("slots").EnumerateArray().Select(slots =>
        {
            var id = slots.GetProperty("service").GetString()!;
            return RepeatAsync($"slots of service {id}", () => LoadSlotsAsync(http, slots, id, providers[id], stop), stop);
        }));
        IsDone = true;
    }

    private async Task RepeatAsync(string name, Func<Task<HttpStatusCode>> load, CancellationToken stop)
    {
        HttpStatusCode status;
        while (MayPass(status = await load())) await Task.Delay(Pause, TimeProvider.System, stop);
        if (status >= HttpStatusCode.BadRequest) progress($"Error: the {name} of the seed was rejected with {(int)status}.");
    }

    // A 401 may mean that the signing keys are not fetched yet. Other 4xx responses are permanent.
    private static bool MayPass(HttpStatusCode status) => status is >= HttpStatusCode.InternalServerError
        or HttpStatusCode.Unauthorized or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests;

    private async Task<HttpStatusCode> LoadAsync(HttpClient http, JsonElement service, CancellationToken stop)
    {
        var path = $"/v1/services/{service.GetProperty("id").GetString()}";
        var provider = service.GetProperty("provider").GetString()!;
        var there = await SendAsync(http, HttpMethod.Get, path, provider, null, stop);
        return there == HttpStatusCode.NotFound ? await SendAsync(http, HttpMethod.Put, path, provider, service.GetRawText(), stop) : there;
    }

    private Task<HttpStatusCode> LoadSlotsAsync(HttpClient http, JsonElement slots, string service, string provider, CancellationToken stop)
    {
        var clinician = slots.TryGetProperty("clinician", out var named) ? named.GetString() : null;
        var upload = SeedSlots.After(clock.GetUtcNow(), clinician);
        return SendAsync(http, HttpMethod.Put, $"/v1/services/{service}/slots", provider, upload, stop);
    }

    private async Task<HttpStatusCode> SendAsync(
        HttpClient http, HttpMethod method, string path, string provider, string? json, CancellationToken stop)
    {
        try
        {
            using var request = Request(method, path, provider);
            if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
            using var response = await http.SendAsync(request, stop);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return HttpStatusCode.ServiceUnavailable;
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string provider)
    {
        const string role = "SERVICE_DEFINER";
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", issuer.UserToken("000000000101", provider, role));
        request.Headers.Add("NHSD-End-User-Organisation-ODS", provider);
        request.Headers.Add("NHSD-eRS-Business-Function", role);
        return request;
    }
}
