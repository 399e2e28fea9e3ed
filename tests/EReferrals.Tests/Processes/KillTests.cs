using System.Collections.Concurrent;
using System.Net;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Processes;

public sealed class KillTests : IDisposable
{
    private const int Senders = 8;
    private const int Kills = 3;

    private readonly string _state = System.IO.Directory.CreateTempSubdirectory("ereferrals-").FullName;
    private readonly ConcurrentDictionary<string, string> _accepted = new();
    private readonly ConcurrentDictionary<string, bool> _unanswered = new();

    public void Dispose() => System.IO.Directory.Delete(_state, recursive: true);

    // Every sender behaves as a GP system: it uses one key per referral and repeats the request until it gets a response.
    [PosixFact]
    public async Task Nothing_is_lost_or_doubled_when_the_app_is_killed_at_random_under_load()
    {
        var moments = new Random(20150615);
        for (var kill = 0; kill < Kills; kill++)
        {
            await using var app = await AppProcess.StartReadyAsync(_state);
            var token = await app.Client.TokenAsync(Sample.ReferringClinician);
            var before = _accepted.Count;
            var load = Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => SendUntilKilledAsync(app.Client, token, $"{kill}-{sender}")));
            var enough = before + moments.Next(50, 300);
            await Eventually.TrueAsync(() => Task.FromResult(_accepted.Count >= enough));
            await app.KillAsync();
            await load;
        }

        await using var last = await AppProcess.StartReadyAsync(_state);
        await SendUnansweredAgainAsync(last.Client);
        await ListedAreAcceptedAsync(last.Client);
    }

    [LinuxTheory]
    [InlineData("EReferrals.dll")]
    [InlineData("EReferrals.ServiceBusEmulator.dll")]
    public async Task A_process_killed_three_times_under_load_restarts_and_nothing_is_lost_or_doubled(string part)
    {
        await using var app = await AppProcess.StartReadyAsync(_state);
        var token = await app.Client.TokenAsync(Sample.ReferringClinician);
        using var stopping = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => SendUntilStoppedAsync(app.Client, token, $"{part}-{sender}", stopping.Token)));
        for (var kill = 0; kill < Kills; kill++)
        {
            var enough = _accepted.Count + 50;
            await Eventually.TrueAsync(() => Task.FromResult(_accepted.Count >= enough));
            app.KillPart(part);
        }

        var afterwards = _accepted.Count + 50;
        await Eventually.TrueAsync(() => Task.FromResult(_accepted.Count >= afterwards));
        await stopping.CancelAsync();
        await load;
        await ListedAreAcceptedAsync(app.Client);
    }

    private async Task SendUntilStoppedAsync(AppClient app, string token, string sender, CancellationToken stopping)
    {
        for (var number = 0; !stopping.IsCancellationRequested; number++)
        {
            // Repeats one key until it gets a response, even after the load was stopped.
            var key = $"{sender}-{number}";
            while (!await SendAsync(app, token, key))
            {
            }
        }
    }

    private async Task ListedAreAcceptedAsync(AppClient app)
    {
        var hospital = await app.TokenAsync(Sample.ProviderClinician);
        IReadOnlyList<string> listed = [];
        IReadOnlySet<string> accepted = new HashSet<string>();
        // A message that is still locked is delivered again when its lock expires, after a minute.
        await Eventually.TrueAsync(
            async () =>
            {
                listed = await ListedAsync(app, hospital);
                accepted = await FirstNumbersAsync(app, hospital, listed);
                return accepted.IsSubsetOf(listed);
            },
            withinSeconds: 180);

        Assert.Equal(accepted.Order(), listed.Order());
    }

    // A repeat whose key could not be looked up in time has its own number, which redirects to the first.
    private async Task<IReadOnlySet<string>> FirstNumbersAsync(AppClient app, string hospital, IReadOnlyList<string> listed)
    {
        var numbers = _accepted.Values.ToHashSet();
        foreach (var number in numbers.Except(listed).ToArray())
        {
            using var read = await app.SendAsync(hospital, Sample.ProviderClinician, HttpMethod.Get, $"/v1/referrals/{number}");
            if (read.StatusCode != HttpStatusCode.TemporaryRedirect) continue;
            numbers.Remove(number);
            numbers.Add(read.Headers.Location!.ToString().Split('/')[^1]);
        }

        return numbers;
    }

    private async Task SendUntilKilledAsync(AppClient app, string token, string sender)
    {
        for (var number = 0; ; number++)
        {
            var key = $"{sender}-{number}";
            _unanswered[key] = true;
            try
            {
                await SendAsync(app, token, key);
            }
            catch (HttpRequestException)
            {
                return;
            }
        }
    }

    private async Task SendUnansweredAgainAsync(AppClient app)
    {
        var token = await app.TokenAsync(Sample.ReferringClinician);
        foreach (var key in _unanswered.Keys) await Eventually.TrueAsync(() => SendAsync(app, token, key));
    }

    private async Task<bool> SendAsync(AppClient app, string token, string key)
    {
        using var response = await app.SendAsync(token, Sample.ReferringClinician, HttpMethod.Post, "/v1/referrals", JourneySteps.Submission(key: key), key);
        // When a worker dies, the host responds with 500 or 502.
        if (response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway) return false;
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        _accepted[key] = (await response.JsonAsync())["ubrn"]!.GetValue<string>();
        _unanswered.TryRemove(key, out _);
        return true;
    }

    private static async Task<IReadOnlyList<string>> ListedAsync(AppClient app, string token)
    {
        var ubrns = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            using var response = await app.SendAsync(
                token, Sample.ProviderClinician, HttpMethod.Get, $"/v1/worklists/REFERRALS_FOR_REVIEW?limit=1000{(cursor == "" ? "" : $"&cursor={cursor}")}");
            // What was killed is not back yet, or the machine is busy. The list is read again.
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable) return [];
            var page = await response.JsonAsync();
            ubrns.AddRange(page["entries"]!.AsArray().Select(entry => entry!["ubrn"]!.GetValue<string>()));
            cursor = page["next"]?.GetValue<string>();
        }

        return ubrns;
    }
}
