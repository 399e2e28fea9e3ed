using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EReferrals.Local.Identity;

namespace EReferrals.Local.Seeding;

/// <summary>Loads the services of seed.json through the public API. <c>/health/ready</c> reports not ready until then.</summary>
internal sealed class Seeder(string file, Uri address, TokenIssuer issuer, Action<string> progress)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public bool IsDone { get; private set; }

    public void Skip() => IsDone = true;

    public async Task SeedAsync(CancellationToken stop)
    {
        progress("Seeding");
        using var http = new HttpClient { BaseAddress = address };
        using var seed = JsonDocument.Parse(await File.ReadAllTextAsync(file, stop));
        foreach (var service in seed.RootElement.GetProperty("services").EnumerateArray())
        {
            HttpStatusCode status;
            while (MayPass(status = await LoadAsync(http, service, stop))) await Task.Delay(Pause, TimeProvider.System, stop);
            if (status >= HttpStatusCode.BadRequest) progress($"Error: the service {service.GetProperty("id")} of the seed was rejected with {(int)status}.");
        }

        IsDone = true;
    }

    // A 401 may mean that the signing keys are not fetched yet. Other 4xx responses are permanent.
    private static bool MayPass(HttpStatusCode status) => status is >= HttpStatusCode.InternalServerError
        or HttpStatusCode.Unauthorized or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests;

    private async Task<HttpStatusCode> LoadAsync(HttpClient http, JsonElement service, CancellationToken stop)
    {
        var path = $"/v1/services/{service.GetProperty("id").GetString()}";
        var provider = service.GetProperty("provider").GetString()!;
        try
        {
            using var question = Request(HttpMethod.Get, path, provider);
            using var there = await http.SendAsync(question, stop);
            if (there.StatusCode == HttpStatusCode.OK) return there.StatusCode;
            using var put = Request(HttpMethod.Put, path, provider);
            put.Content = new StringContent(service.GetRawText(), Encoding.UTF8, "application/json");
            using var answer = await http.SendAsync(put, stop);
            return answer.StatusCode;
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
