using System.Text.Json.Nodes;
using EReferrals.Lifecycle;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Referrals;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Worklists;

/// <summary>Uses the real app and the emulator. Every message is delivered twice, and announcements are lost, late and out of order.</summary>
[Collection(Journey.Name)]
public class ChangesFeedTests
{
    private const int Plans = 24;
    private const int Referrals = 5;

    [Fact]
    public async Task A_client_that_applies_the_changes_has_the_current_list_at_every_moment()
    {
        await using var app = await RunningApp.StartAsync();
        app.Local.Broker.Faults.DeliverEverythingTwice = true;
        var run = await FeedRun.StartAsync(app, Referrals);
        var property = Prop.ForAll(PlanOf.ToArbitrary(), plan => run.FollowAsync(plan));

        await Task.Run(() => property.Check(Config.QuickThrowOnFailure.WithMaxTest(Plans).WithEndSize(25)));
    }

    private static Gen<IReadOnlyList<FeedStep>> PlanOf =>
        (from kind in Gen.Frequency(
            (5, Gen.Constant(FeedEvent.Command)), (3, Gen.Constant(FeedEvent.CommandUnannounced)), (3, Gen.Constant(FeedEvent.AnnounceLate)),
            (1, Gen.Constant(FeedEvent.Submit)), (3, Gen.Constant(FeedEvent.Follow)))
         from referral in Gen.Choose(0, Referrals - 1)
         from command in Gen.Choose(0, Commanded.All.Count - 1)
         from number in Gen.Choose(1, 1000)
         select new FeedStep(kind, referral, command, number)).ListOf().Select(steps => (IReadOnlyList<FeedStep>)[.. steps]);
}

internal enum FeedEvent
{
    Command,
    CommandUnannounced,
    AnnounceLate,
    Submit,
    Follow,
}

internal sealed record FeedStep(FeedEvent Event, int Referral, int Command, int Number);

internal sealed class FeedRun
{
    private readonly RunningApp _app;
    private readonly ChangeReferral _change;
    private readonly ReferralBus _bus;
    private readonly ReferralTable _referrals;
    private readonly Ubrn[] _ubrns;
    private readonly FollowedList[] _followed;
    private readonly List<WorklistChange> _all = [];
    private readonly List<WorklistChange> _unannounced = [];

    private FeedRun(RunningApp app, int referrals)
    {
        _app = app;
        _change = app.Services.GetRequiredService<ChangeReferral>();
        _bus = app.Services.GetRequiredService<ReferralBus>();
        _referrals = app.Services.GetRequiredService<ReferralTable>();
        _ubrns = new Ubrn[referrals];
        _followed =
        [
            .. WorklistRules.ProviderLists.Select(list => new FollowedList(app, Sample.ProviderClinician, list)),
            .. WorklistRules.ReferrerLists.Select(list => new FollowedList(app, Sample.ReferringClinician, list)),
        ];
    }

    public static async Task<FeedRun> StartAsync(RunningApp app, int referrals)
    {
        var run = new FeedRun(app, referrals);
        foreach (var list in run._followed) await list.ReadOnceAsync();
        for (var index = 0; index < referrals; index++) await run.SubmitAsync(index);
        return run;
    }

    public async Task<bool> FollowAsync(IReadOnlyList<FeedStep> plan)
    {
        foreach (var step in plan)
        {
            await (step.Event switch
            {
                FeedEvent.Command => CommandAsync(step, isAnnounced: true),
                FeedEvent.CommandUnannounced => CommandAsync(step, isAnnounced: false),
                FeedEvent.AnnounceLate => AnnounceLateAsync(step.Number),
                FeedEvent.Submit => SubmitAsync(step.Referral),
                _ => CompareAsync(step.Number),
            });
        }

        await AnnounceAsync(_unannounced, seed: plan.Count);
        _unannounced.Clear();
        await _app.DrainAsync();
        await CompareAsync(1 + plan.Count);
        await CompareWithReferralsAsync();
        return true;
    }

    private async Task SubmitAsync(int index)
    {
        // The lists keep the earlier referral of this index, and the comparison expects that.
        _ubrns[index] = Ubrn.Parse(
            await _app.SubmitAsync(Sample.ReferringClinician, JourneySteps.Submission("ROUTINE", index % 2 == 0 ? Sample.Service : "11000")));
        await _app.DrainAsync();
    }

    private async Task CommandAsync(FeedStep step, bool isAnnounced)
    {
        var before = (await _referrals.FindAsync(_ubrns[step.Referral], default))!.Referral;
        var (command, by) = NextAllowed(before, step.Command);
        if (command is Command.ChangeLetters)
        {
            var id = await _app.UploadAsync(Sample.ReferringClinician, before.Ubrn.ToString());
            command = new Command.ChangeLetters([new NamedAttachment(id, Sample.Attachment(id))]);
        }

        if (!isAnnounced) _app.Local.Broker.Faults.RefuseSends(Queues.WorklistChanges);
        var outcome = await _change.ApplyAsync(before.Ubrn, before.Version, command, by, "feed", default);
        _app.Local.Broker.Faults.AllowSends(Queues.WorklistChanges);
        if (outcome is not ChangeOutcome.Changed changed) return;
        var changes = WorklistRules.Changes(before, changed.Referral, PossibleDuplicates.None);
        _all.AddRange(changes);
        if (!isAnnounced) _unannounced.AddRange(changes);
    }

    // Letters can be changed in every state that allows any command, so that only an ended referral has no allowed command.
    private static (Command Command, Actor By) NextAllowed(Referral referral, int from)
    {
        var (command, by, _) = Enumerable.Range(from, Commanded.All.Count)
            .Select(index => Commanded.All[index % Commanded.All.Count])
            .FirstOrDefault(one => ReferralRules.Decide(referral, one.Command, one.By, DateTimeOffset.UtcNow, "feed") is Decision.Changed, Commanded.All[from]);
        return (command, by);
    }

    // Announces a shuffled mix of changes, some never announced before and some announced long ago.
    private async Task AnnounceLateAsync(int seed)
    {
        var random = new Random(seed);
        await AnnounceAsync([.. _all.Where(_ => random.Next(4) == 0).TakeLast(20)], seed);
    }

    private async Task AnnounceAsync(IEnumerable<WorklistChange> changes, int seed)
    {
        var mixed = changes.ToArray();
        new Random(seed).Shuffle(mixed);
        foreach (var change in mixed) await _bus.AnnounceAsync([change], "feed", default);
    }

    // Pauses the triggers, so that the lists do not change during the comparison.
    private async Task CompareAsync(int number)
    {
        await _app.Local.PauseTriggersAsync();
        try
        {
            await Task.WhenAll(_followed.Select(list => list.FollowAndCompareAsync(limit: 1 + (number % 7))));
        }
        finally
        {
            _app.Local.ResumeTriggers();
        }
    }

    private async Task CompareWithReferralsAsync()
    {
        foreach (var ubrn in _ubrns)
        {
            var referral = (await _referrals.FindAsync(ubrn, default))!.Referral;
            var expected = WorklistRules.ListsOf(referral).Where(name => name.Organisation != "RCD").Select(name => $"{name} {referral.Version}").Order();
            var actual = _followed.Where(list => list.VersionOf(ubrn) is not null).Select(list => $"{list.Name} {list.VersionOf(ubrn)}").Order();
            Assert.Equal(expected, actual);
        }
    }
}

/// <summary>A client that reads a list once and then only its changes.</summary>
internal sealed class FollowedList(RunningApp app, Actor reader, Worklist list)
{
    private readonly SortedDictionary<string, string> _entries = new(StringComparer.Ordinal);
    private string _cursor = "";

    public WorklistName Name => new(reader.Organisation, list);

    public int? VersionOf(Ubrn ubrn) =>
        _entries.TryGetValue(ubrn.ToString(), out var entry) ? JsonNode.Parse(entry)!["version"]!.GetValue<int>() : null;

    public async Task ReadOnceAsync()
    {
        var (entries, cursor) = await ReadAsync();
        foreach (var (ubrn, entry) in entries) _entries[ubrn] = entry;
        _cursor = cursor;
    }

    public async Task FollowAndCompareAsync(int limit)
    {
        for (var more = true; more;)
        {
            using var response = await app.ReadPatientlyAsync(reader, $"/v1/worklists/{Code.From(list)}/changes?since={_cursor}&limit={limit}");
            var page = await response.JsonAsync();
            foreach (var change in page["changes"]!.AsArray())
            {
                var ubrn = change!["ubrn"]!.GetValue<string>();
                if (change["change"]!.GetValue<string>() == "PUT") _entries[ubrn] = change["entry"]!.ToJsonString();
                else _entries.Remove(ubrn);
            }

            (_cursor, more) = (page["next"]!.GetValue<string>(), page["more"]!.GetValue<bool>());
        }

        Assert.Equal((await ReadAsync()).Entries, _entries);
    }

    private async Task<(SortedDictionary<string, string> Entries, string Changes)> ReadAsync()
    {
        var entries = new SortedDictionary<string, string>(StringComparer.Ordinal);
        using var response = await app.ReadPatientlyAsync(reader, $"/v1/worklists/{Code.From(list)}?limit=1000");
        var page = await response.JsonAsync();
        Assert.Null(page["next"]);
        foreach (var entry in page["entries"]!.AsArray()) entries.Add(entry!["ubrn"]!.GetValue<string>(), entry.ToJsonString());
        return (entries, page["changes"]!.GetValue<string>());
    }
}
