using System.Text.Json.Nodes;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Processes;

public sealed class CommandKillTests : IDisposable
{
    private readonly string _state = System.IO.Directory.CreateTempSubdirectory("ereferrals-").FullName;

    public void Dispose() => System.IO.Directory.Delete(_state, recursive: true);

    [PosixFact]
    public async Task After_a_kill_between_any_two_steps_of_a_command_the_lists_agree_within_a_minute_and_a_repeat_runs_it_once()
    {
        var referrals = new Dictionary<KillStep, string>();
        foreach (var step in Enum.GetValues<KillStep>()) referrals[step] = await KillAtAsync(step);

        await using var app = await AppProcess.StartReadyAsync(_state);
        var client = app.Client;
        var hospital = await client.TokenAsync(Sample.ProviderClinician);
        var practice = await client.TokenAsync(Sample.ReferringClinician);
        await Eventually.TrueAsync(async () =>
        {
            var lists = await ListsAsync(client, hospital, practice);
            foreach (var ubrn in referrals.Values)
            {
                using var read = await client.SendAsync(hospital, Sample.ProviderClinician, HttpMethod.Get, $"/v1/referrals/{ubrn}");
                var isAccepted = (await read.JsonAsync())["state"]!.GetValue<string>() == "TRIAGED_PROVIDER_TO_ACTION";
                string[] expected = isAccepted ? ["APPOINTMENTS_FOR_BOOKING"] : ["AWAITING_BOOKING", "LETTERS_OUTSTANDING", "REFERRALS_FOR_REVIEW"];
                if (!lists.Where(list => list.Value.Contains(ubrn)).Select(list => list.Key).Order().SequenceEqual(expected)) return false;
            }

            return true;
        });

        foreach (var (step, ubrn) in referrals)
        {
            using var again = await AcceptAsync(client, hospital, step, ubrn);
            using var history = await client.SendAsync(hospital, Sample.ProviderClinician, HttpMethod.Get, $"/v1/referrals/{ubrn}/history");
            Assert.Equal((200, "W/\"2\""), ((int)again.StatusCode, again.Headers.ETag!.ToString()));
            Assert.Equal(2, (await history.JsonAsync())["versions"]!.AsArray().Count);
        }
    }

    private async Task<string> KillAtAsync(KillStep step)
    {
        await using var app = await SelfKillingPlatform.StartAsync(_state, step);
        var client = app.Client;
        var hospital = await client.TokenAsync(Sample.ProviderClinician);
        var practice = await client.TokenAsync(Sample.ReferringClinician);
        using var submitted = await client.SendAsync(practice, Sample.ReferringClinician, HttpMethod.Post, "/v1/referrals", JourneySteps.Submission());
        var ubrn = (await submitted.JsonAsync())["ubrn"]!.GetValue<string>();
        await Eventually.TrueAsync(async () =>
        {
            using var read = await client.SendAsync(hospital, Sample.ProviderClinician, HttpMethod.Get, $"/v1/referrals/{ubrn}");
            return (int)read.StatusCode == 200;
        });

        using var cutOff = await AcceptAsync(client, hospital, step, ubrn);
        Assert.True((int)cutOff.StatusCode >= 500);
        await app.WorkerEndedAsync();
        return ubrn;
    }

    private static Task<HttpResponseMessage> AcceptAsync(AppClient app, string token, KillStep step, string ubrn) => app.SendAsync(
        token, Sample.ProviderClinician, HttpMethod.Post, $"/v1/referrals/{ubrn}/accept", new JsonObject(), key: $"accept-{step}",
        ("If-Match", "W/\"1\""), ("X-Correlation-ID", step.ToString()));

    private static async Task<IReadOnlyDictionary<string, HashSet<string>>> ListsAsync(AppClient app, string hospital, string practice)
    {
        var lists = new Dictionary<string, HashSet<string>>();
        foreach (var (token, reader, list) in WorklistRules.ProviderLists.Select(list => (hospital, Sample.ProviderClinician, list))
            .Concat(WorklistRules.ReferrerLists.Select(list => (practice, Sample.ReferringClinician, list))))
        {
            using var response = await app.SendAsync(token, reader, HttpMethod.Get, $"/v1/worklists/{Code.From(list)}");
            lists[Code.From(list)] = [.. (await response.JsonAsync())["entries"]!.AsArray().Select(entry => entry!["ubrn"]!.GetValue<string>())];
        }

        return lists;
    }
}
