using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EReferrals.Local.Identity;
using Microsoft.Extensions.Logging;

namespace EReferrals.Local.Seeding;

/// <summary>Loads the services of seed.json through the public API. Until it has, <c>/health/ready</c> says so.</summary>
internal sealed partial class Seeder(string file, Uri address, TokenIssuer issuer, Action<string> progress, ILogger log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan WithoutRoute = TimeSpan.FromSeconds(30);

    public bool IsDone { get; private set; }

    public void Skip() => IsDone = true;

    public async Task RunAsync(CancellationToken stop)
    {
        progress("Seeding");
        using var http = new HttpClient { BaseAddress = address };
        using var seed = JsonDocument.Parse(await File.ReadAllTextAsync(file, stop));
        var services = seed.RootElement.GetProperty("services").EnumerateArray().ToArray();
        var begun = TimeProvider.System.GetTimestamp();
        var waiting = new Queue<JsonElement>(services);
        while (waiting.TryPeek(out var service) && !stop.IsCancellationRequested)
        {
            var outcome = await LoadAsync(http, service, stop);
            if (outcome is null or < HttpStatusCode.BadRequest)
            {
                waiting.Dequeue();
                continue;
            }

            if (TimeProvider.System.GetElapsedTime(begun) > WithoutRoute && outcome == HttpStatusCode.NotFound)
            {
                progress("The functions have no PUT /v1/services/{id}: nothing was seeded.");
                break;
            }

            if (IsFinal(outcome.Value))
            {
                Log.Refused(log, service.GetProperty("id").GetString()!, (int)outcome.Value);
                waiting.Dequeue();
                continue;
            }

            await Task.Delay(Pause, TimeProvider.System, stop);
        }

        IsDone = true;
    }

    // 404 may be a service directory that is not built yet, 401 keys that are not fetched yet; the rest of the 4xx stays.
    private static bool IsFinal(HttpStatusCode status) => (int)status is >= 400 and < 500
        && status is not (HttpStatusCode.NotFound or HttpStatusCode.Unauthorized or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests);

    /// <summary>The status that ended it; null when the service was there already.</summary>
    private async Task<HttpStatusCode?> LoadAsync(HttpClient http, JsonElement service, CancellationToken stop)
    {
        var path = $"/v1/services/{service.GetProperty("id").GetString()}";
        var provider = service.GetProperty("provider").GetString()!;
        try
        {
            using var question = Request(HttpMethod.Get, path, provider);
            using var there = await http.SendAsync(question, stop);
            if (there.StatusCode == HttpStatusCode.OK) return null;
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

    private static partial class Log
    {
        [LoggerMessage(50, LogLevel.Error, "Service {Service} of the seed was refused with {Status}.")]
        public static partial void Refused(ILogger logger, string service, int status);
    }
}
