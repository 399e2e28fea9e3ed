using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Storage;
using EReferrals.Tests.Journeys;
using EReferrals.Worklists;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Worklists;

public sealed class SnapshotTests : IAsyncLifetime
{
    private static readonly WorklistName ForReview = new(Some.Provider, Worklist.ReferralsForReview);
    private static readonly TimeSpan FifteenSeconds = TimeSpan.FromSeconds(15);

    private readonly MovingClock _clock = new();
    private RunningApp _app = null!;

    private SnapshotBlobs Snapshots => _app.Services.GetRequiredService<SnapshotBlobs>();

    public async Task InitializeAsync() =>
        _app = await RunningApp.StartAsync(builder => builder.Services.AddSingleton<TimeProvider>(_clock));

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Fifteen_seconds_after_a_change_every_form_of_every_list_shows_it()
    {
        var ubrn = await _app.SubmitAsync(Some.ReferringClinician);
        await _app.DrainAsync();
        await FifteenSecondsLaterAsync();

        foreach (var list in new[] { ForReview, new(Some.ReferringOrganisation, Worklist.AwaitingBooking), new(Some.ReferringOrganisation, Worklist.LettersOutstanding) })
        {
            foreach (var form in new[] { SnapshotBlobs.Json, SnapshotBlobs.Csv, SnapshotBlobs.Html })
            {
                var stored = await Snapshots.ReadAsync(list, form, known: null, CancellationToken.None);
                Assert.Contains(form == SnapshotBlobs.Html ? Spaced(ubrn) : ubrn, stored!.Content.ToString());
            }
        }
    }

    [Fact]
    public async Task Many_changes_in_one_slot_make_one_request_and_the_snapshot_shows_them_all()
    {
        var ubrns = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => _app.SubmitAsync(Some.ReferringClinician)));
        await _app.DrainAsync();
        var scheduled = _app.Local.Broker.QueueStatistics(Queues.WorklistSnapshots).Scheduled;
        await FifteenSecondsLaterAsync();

        // Three lists, and at most three slots in which the thirty changes can have come.
        Assert.InRange(scheduled, 3, 9);
        Assert.Equal(ubrns.Order(), (await SnapshotAsync())!.Entries.Select(entry => entry.Ubrn.ToString()).Order());
    }

    [Fact]
    public async Task A_change_whose_request_could_not_be_sent_gets_its_snapshot_all_the_same()
    {
        _app.Local.Broker.Faults.RefuseSends(Queues.WorklistSnapshots);
        var ubrn = await _app.SubmitAsync(Some.ReferringClinician);
        await _app.DrainAsync();
        Assert.Contains(ubrn, await _app.ListedAsync(Some.ProviderClinician, Worklist.ReferralsForReview));
        Assert.Null(await SnapshotAsync());

        _app.Local.Broker.Faults.Clear();
        // The batch comes back after its pause, applies nothing, and asks.
        _clock.Advance(TimeSpan.FromSeconds(5));
        await _app.DrainAsync();
        await FifteenSecondsLaterAsync();

        Assert.Contains(ubrn, (await SnapshotAsync())!.Entries.Select(entry => entry.Ubrn.ToString()));
    }

    [Fact]
    public async Task A_change_that_was_applied_before_a_stop_gets_its_snapshot_when_it_is_delivered_again()
    {
        var change = new WorklistChange(ForReview, Some.Submission().Ubrn, 1, WorklistEntry.Of(Some.ReferralAwaitingTriage()));
        await _app.Services.GetRequiredService<WorklistTable>().ApplyAsync(ForReview, [change], CancellationToken.None);
        await _app.Services.GetRequiredService<ReferralBus>().AnnounceAsync([change], "some", CancellationToken.None);
        await _app.DrainAsync();
        await FifteenSecondsLaterAsync();

        Assert.Equal(change.Ubrn, Assert.Single((await SnapshotAsync())!.Entries).Ubrn);
    }

    [Fact]
    public async Task After_any_number_of_changes_at_any_time_the_last_snapshot_is_the_list()
    {
        var random = new Random(20261125);
        for (var step = 0; step < 25; step++)
        {
            await _app.SubmitAsync(Some.ReferringClinician);
            _clock.Advance(TimeSpan.FromMilliseconds(random.Next(0, 12_000)));
            if (random.Next(3) == 0) await _app.DrainAsync();
        }

        await _app.DrainAsync();
        await FifteenSecondsLaterAsync();

        var snapshot = (await SnapshotAsync())!;
        var head = await _app.Services.GetRequiredService<WorklistTable>().HeadAsync(ForReview, CancellationToken.None);
        Assert.Equal((head.Version, 25), (snapshot.Version, snapshot.Entries.Count));
    }

    [Fact]
    public async Task A_newer_snapshot_is_never_replaced_by_an_older_one()
    {
        var versions = Enumerable.Range(1, 24).ToArray();
        new Random(7).Shuffle(versions);

        await Task.WhenAll(versions.Select(version =>
            Snapshots.WriteAsync(ForReview, SnapshotBlobs.Json, "application/json", version, BinaryData.FromString($"{version}"), CancellationToken.None)));

        var stored = await Snapshots.ReadAsync(ForReview, SnapshotBlobs.Json, known: null, CancellationToken.None);
        Assert.Equal(("24", 24), (stored!.Content.ToString(), stored.Version));
    }

    [Fact]
    public async Task A_snapshot_that_cannot_be_written_is_written_when_the_account_is_back()
    {
        var ubrn = await _app.SubmitAsync(Some.ReferringClinician);
        await _app.DrainAsync();
        await _app.Local.Azurite!.Contingency.StopAsync();
        await FifteenSecondsLaterAsync();
        await _app.Local.Azurite.Contingency.StartAsync();

        await Eventually.TrueAsync(async () =>
        {
            await _app.Local.Broker.DeliverScheduledNowAsync();
            return (await SnapshotAsync())?.Entries.Any(entry => entry.Ubrn.ToString() == ubrn) == true;
        });
    }

    private static string Spaced(string ubrn) => $"{ubrn[..4]} {ubrn[4..8]} {ubrn[8..]}";

    private async Task FifteenSecondsLaterAsync()
    {
        _clock.Advance(FifteenSeconds);
        await _app.DrainAsync();
    }

    private async Task<WholeList?> SnapshotAsync() =>
        await Snapshots.ReadAsync(ForReview, SnapshotBlobs.Json, known: null, CancellationToken.None) is { } stored
            ? SnapshotBlobs.FromJson(stored.Content.ToMemory().Span)
            : null;
}
