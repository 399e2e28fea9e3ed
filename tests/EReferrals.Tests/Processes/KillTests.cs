using System.Collections.Concurrent;
using System.Net;
using EReferrals.Referrals;
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

    // Every sender does what a GP system does: one key a referral, sent again until it is answered.
    [PosixFact]
    public async Task Killed_at_random_moments_under_load_the_app_loses_and_doubles_nothing()
    {
        var moments = new Random(20150615);
        for (var kill = 0; kill < Kills; kill++)
        {
            await using var app = await AppProcess.StartReadyAsync(_state);
            var token = await app.Client.TokenAsync(Some.ReferringClinician);
            var before = _accepted.Count;
            var load = Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => SendUntilKilledAsync(app.Client, token, $"{kill}-{sender}")));
            var enough = before + moments.Next(50, 300);
            await Eventually.TrueAsync(() => Task.FromResult(_accepted.Count >= enough));
            await app.KillAsync();
            await load;
        }

        await using var last = await AppProcess.StartReadyAsync(_state);
        await SendUnansweredAgainAsync(last.Client);
        var hospital = await last.Client.TokenAsync(Some.ProviderClinician);
        IReadOnlyList<string> listed = [];
        await Eventually.TrueAsync(async () =>
        {
            listed = await ListedAsync(last.Client, hospital);
            return _accepted.Values.Except(listed).Any() is false;
        });

        Assert.Equal(_accepted.Values.Order(), listed.Order());
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
        var token = await app.TokenAsync(Some.ReferringClinician);
        foreach (var key in _unanswered.Keys) await Eventually.TrueAsync(() => SendAsync(app, token, key));
    }

    private async Task<bool> SendAsync(AppClient app, string token, string key)
    {
        using var response = await app.SendAsync(token, Some.ReferringClinician, HttpMethod.Post, "/v1/referrals", JourneySteps.Submission(), key);
        if (response.StatusCode == HttpStatusCode.ServiceUnavailable) return false;
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
                token, Some.ProviderClinician, HttpMethod.Get, $"/v1/worklists/REFERRALS_FOR_REVIEW?limit=1000{(cursor == "" ? "" : $"&cursor={cursor}")}");
            var page = await response.JsonAsync();
            ubrns.AddRange(page["entries"]!.AsArray().Select(entry => entry!["ubrn"]!.GetValue<string>()));
            cursor = page["next"]?.GetValue<string>();
        }

        return ubrns;
    }
}
