using EReferrals.Messaging;
using EReferrals.Referrals.Lists;
using EReferrals.Storage.Blobs;
using EReferrals.Storage.Lists;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Worklists;

public sealed class SnapshotTests : IAsyncLifetime
{
    private static readonly WorklistName ForReview = new(Sample.Provider, Worklist.ReferralsForReview);

    private readonly ClockedApp _clocked = new();

    private RunningApp App => _clocked.App;

    private SnapshotBlobs Snapshots => App.Services.GetRequiredService<SnapshotBlobs>();

    public Task InitializeAsync() => _clocked.InitializeAsync();

    public Task DisposeAsync() => _clocked.DisposeAsync();

    [Fact]
    public async Task Every_form_of_every_list_shows_a_change_within_fifteen_seconds()
    {
        var ubrn = await App.SubmitAsync(Sample.ReferringClinician);
        await App.DrainAsync();
        await _clocked.FifteenSecondsLaterAsync();

        WorklistName[] lists =
        [
            ForReview, new(Sample.ReferringOrganisation, Worklist.AwaitingBooking), new(Sample.ReferringOrganisation, Worklist.LettersOutstanding),
        ];
        foreach (var list in lists)
        {
            foreach (var form in new[] { SnapshotBlobs.Json, SnapshotBlobs.Csv, SnapshotBlobs.Html })
            {
                var stored = await Snapshots.ReadAsync(list, form, known: null, CancellationToken.None);
                Assert.Contains(form == SnapshotBlobs.Html ? Spaced(ubrn) : ubrn, stored!.Content.ToString());
            }
        }
    }

    [Fact]
    public async Task Many_changes_in_one_slot_cause_one_snapshot_request_and_the_snapshot_shows_them_all()
    {
        var ubrns = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => App.SubmitAsync(Sample.ReferringClinician)));
        await App.DrainAsync();
        var scheduled = App.Local.Broker.QueueStatistics(Queues.WorklistSnapshots).Scheduled;
        await _clocked.FifteenSecondsLaterAsync();

        // There are three lists, and the thirty changes fall into at most three slots.
        Assert.InRange(scheduled, 3, 9);
        Assert.Equal(ubrns.Order(), (await SnapshotAsync())!.Entries.Select(entry => entry.Ubrn.ToString()).Order());
    }

    [Fact]
    public async Task A_change_whose_snapshot_request_could_not_be_sent_still_gets_its_snapshot()
    {
        App.Local.Broker.Faults.RefuseSends(Queues.WorklistSnapshots);
        var ubrn = await App.SubmitAsync(Sample.ReferringClinician);
        await App.DrainAsync();
        Assert.Contains(ubrn, await App.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview));
        Assert.Null(await SnapshotAsync());

        App.Local.Broker.Faults.Clear();
        // The batches are redelivered after their delay, apply nothing and request the snapshots.
        _clocked.Clock.Advance(TimeSpan.FromSeconds(5));
        await Eventually.TrueAsync(() => Task.FromResult(App.Local.Broker.QueueStatistics(Queues.WorklistSnapshots).Scheduled == 3));
        await _clocked.FifteenSecondsLaterAsync();

        Assert.Contains(ubrn, (await SnapshotAsync())!.Entries.Select(entry => entry.Ubrn.ToString()));
    }

    [Fact]
    public async Task A_change_applied_before_a_stop_gets_its_snapshot_when_it_is_redelivered()
    {
        var change = new WorklistChange(ForReview, Sample.Submission().Ubrn, 1, WorklistEntry.From(Sample.ReferralAwaitingTriage()));
        await App.Services.GetRequiredService<WorklistProjector>().ApplyAsync(ForReview, [change], CancellationToken.None);
        await App.Services.GetRequiredService<ReferralBus>().AnnounceAsync([change], "some", CancellationToken.None);
        await App.DrainAsync();
        await _clocked.FifteenSecondsLaterAsync();

        Assert.Equal(change.Ubrn, Assert.Single((await SnapshotAsync())!.Entries).Ubrn);
    }

    [Fact]
    public async Task The_last_snapshot_equals_the_list_after_any_number_of_changes_at_any_time()
    {
        var random = new Random(20261125);
        for (var step = 0; step < 25; step++)
        {
            await App.SubmitAsync(Sample.ReferringClinician);
            _clocked.Clock.Advance(TimeSpan.FromMilliseconds(random.Next(0, 12_000)));
            if (random.Next(3) == 0) await App.DrainAsync();
        }

        await App.DrainAsync();
        await _clocked.FifteenSecondsLaterAsync();

        var snapshot = (await SnapshotAsync())!;
        var head = await App.Services.GetRequiredService<WorklistReader>().HeadAsync(ForReview, CancellationToken.None);
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
    public async Task A_cached_snapshot_is_not_read_again()
    {
        await WriteAsync(1);
        var first = await Snapshots.ReadAsync(ForReview, SnapshotBlobs.Json, known: null, CancellationToken.None);
        var same = await Snapshots.ReadAsync(ForReview, SnapshotBlobs.Json, first, CancellationToken.None);
        await WriteAsync(2);
        var next = await Snapshots.ReadAsync(ForReview, SnapshotBlobs.Json, same, CancellationToken.None);

        Assert.Same(first, same);
        Assert.Equal((1, 2), (same!.Version, next!.Version));

        Task WriteAsync(long version) => Snapshots.WriteAsync(
            ForReview, SnapshotBlobs.Json, "application/json", version, BinaryData.FromString($"{version}"), CancellationToken.None);
    }

    [Fact]
    public async Task A_snapshot_that_cannot_be_written_is_written_when_the_account_is_back()
    {
        var ubrn = await App.SubmitAsync(Sample.ReferringClinician);
        await App.DrainAsync();
        await App.Local.Azurite!.Contingency.StopAsync();
        await App.Local.Broker.DeliverScheduledNowAsync();
        await App.DrainAsync();
        await App.Local.Azurite.Contingency.StartAsync();

        await Eventually.TrueAsync(async () =>
        {
            await App.Local.Broker.DeliverScheduledNowAsync();
            return (await SnapshotAsync())?.Entries.Any(entry => entry.Ubrn.ToString() == ubrn) == true;
        });
    }

    private static string Spaced(string ubrn) => $"{ubrn[..4]} {ubrn[4..8]} {ubrn[8..]}";

    private async Task<WholeList?> SnapshotAsync() =>
        await Snapshots.ReadAsync(ForReview, SnapshotBlobs.Json, known: null, CancellationToken.None) is { } stored
            ? SnapshotBlobs.FromJson(stored.Content.ToMemory().Span)
            : null;
}
