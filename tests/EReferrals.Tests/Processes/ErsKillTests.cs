using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using EReferrals.Tests.Ers;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Processes;

public sealed class ErsKillTests : IDisposable
{
    private const int Senders = 4;
    private const int Kills = 2;
    private const int BetweenKills = 25;
    private const string Operations = ErsSteps.Stu3 + "ReferralRequest/";

    private readonly string _state = System.IO.Directory.CreateTempSubdirectory("ereferrals-").FullName;
    private readonly ConcurrentDictionary<string, JsonObject> _created = new();

    public void Dispose() => System.IO.Directory.Delete(_state, recursive: true);

    // Every sender behaves as a GP system that uses our extension: one key per referral, and the same request until it gets a response.
    [LinuxFact]
    public async Task Each_referral_created_with_A011_while_the_worker_is_killed_exists_once_and_is_listed()
    {
        await using var app = await AppProcess.StartReadyAsync(_state);
        var token = await app.Client.TokenAsync(Sample.ReferringClinician);
        using var stopping = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => SendUntilStoppedAsync(app.Client, token, sender, stopping.Token)));
        for (var kill = 0; kill < Kills; kill++)
        {
            await CreatedAsync(BetweenKills);
            app.KillPart("EReferrals.dll");
        }

        await CreatedAsync(BetweenKills);
        await stopping.CancelAsync();
        await load;

        foreach (var referral in _created.Values) await AssertReadAsync(app.Client, token, referral);
        // Messages of a killed worker are redelivered when their lock expires, after a minute.
        string[] created = [.. _created.Values.Select(referral => referral.IdOf()).Order()];
        string[] listed = [];
        await Eventually.TrueAsync(
            async () =>
            {
                listed = await ListedAsync(app.Client, token);
                return created.All(listed.Contains);
            },
            withinSeconds: 180);
        Assert.Equal(created, listed);
    }

    private Task CreatedAsync(int more)
    {
        var enough = _created.Count + more;
        return Eventually.TrueAsync(() => Task.FromResult(_created.Count >= enough));
    }

    private async Task SendUntilStoppedAsync(AppClient app, string token, int sender, CancellationToken stopping)
    {
        for (var number = 0; !stopping.IsCancellationRequested; number++)
        {
            var (key, body) = ($"{sender}-{number}", ErsSteps.Creation("11002"));
            while (!await SendAsync(app, token, key, body))
            {
            }
        }
    }

    private async Task<bool> SendAsync(AppClient app, string token, string key, JsonObject body)
    {
        using var response = await app.SendAsync(token, Sample.ReferringClinician, HttpMethod.Post, Operations + "$ers.createReferral", body, key);
        // When a worker dies, the host responds with 500 or 502.
        if (response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway
            or HttpStatusCode.TooManyRequests)
        {
            return false;
        }

        _created[key] = await response.ResourceAsync(201);
        return true;
    }

    private static async Task AssertReadAsync(AppClient app, string token, JsonObject created)
    {
        using var read = await app.SendAsync(token, Sample.ReferringClinician, HttpMethod.Get, Operations + created.IdOf());
        Assert.Equal(created.ToJsonString(), (await read.ResourceAsync(200)).ToJsonString());
    }

    private static async Task<string[]> ListedAsync(AppClient app, string token)
    {
        using var response = await app.SendAsync(
            token, Sample.ReferringClinician, HttpMethod.Post, Operations + "$ers.fetchworklist", ErsSteps.ListRequest("AWAITING_BOOKING"));
        // What was killed is not back yet, or the machine is busy. The list is read again.
        if (response.StatusCode == HttpStatusCode.ServiceUnavailable) return [];
        var entries = (await response.ResourceAsync(200))["entry"]!.AsArray();
        return [.. entries.Select(entry => ((string)entry!["item"]!["reference"]!)["ReferralRequest/".Length..]).Order()];
    }
}
