using Azure.Storage.Blobs;
using EReferrals.Messaging;
using EReferrals.Referrals.Retention;
using EReferrals.Retention.Sweeping;
using EReferrals.Storage.Retention;
using EReferrals.Storage.Tables;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Retention;

/// <summary>The runs of the sweeper: their mode, their lease, their place, and what they do with the quarantine.</summary>
[Collection(UsesRetentionApp.Name)]
public sealed class SweepRunTests(RetentionApp years)
{
    private readonly RunningApp _app = years.App;

    [Fact]
    public async Task A_dry_run_counts_what_is_due_and_changes_nothing()
    {
        var place = await years.PlaceAsync();
        var letter = await _app.AvailableAsync(place.Practice);
        var (ubrn, orphan) = (await years.CancelledAsync(place.Practice, place.Service, letter), await _app.UploadAsync(place.Practice));
        await years.LaterAsync(TimeSpan.FromDays(2930));
        string[] texts = [ubrn, letter, orphan, place.Practice.Organisation];
        var before = await years.RowsOfAsync(texts);

        await years.FinishPassAsync(years.SweeperIn(SweepMode.DryRun));

        var pass = (await years.ProgressAsync()).Last!;
        Assert.Equal(SweepMode.DryRun, pass.Mode);
        Assert.Superset(
            new HashSet<RetentionKind> { RetentionKind.Referrals, RetentionKind.OrphanedUploads },
            pass.Kinds.Where(kind => kind.Due > 0).Select(kind => kind.Kind).ToHashSet());
        Assert.Equal(before.Order(), (await years.RowsOfAsync(texts)).Order());
        Assert.True(await years.HasBytesAsync(letter) && await years.HasBytesAsync(orphan));
        Assert.Equal(200, await years.StatusAsync(place.Practice, ubrn));
    }

    [Fact]
    public async Task After_a_stop_no_run_works_until_the_lease_ends_and_the_next_one_finishes_the_same_pass()
    {
        var place = await years.PlaceAsync();
        var orphan = await _app.UploadAsync(place.Practice);
        await years.LaterAsync(TimeSpan.FromDays(40));

        var isStopped = await years.RunAndStopAsync(6, years.SweepOnceAsync);
        var stopped = await years.ProgressAsync();
        await years.SweepOnceAsync();
        var held = await years.ProgressAsync();
        var isKept = await years.HasBytesAsync(orphan);
        years.Advance(TimeSpan.FromMinutes(11));
        await years.FinishPassAsync(_app.Services.GetRequiredService<Sweeper>());

        Assert.True(isStopped);
        Assert.NotNull(stopped.Worker);
        Assert.Equal((stopped.Worker, stopped.Until), (held.Worker, held.Until));
        Assert.True(isKept);
        Assert.False(await years.HasBytesAsync(orphan));
        Assert.Equal(stopped.Pass!.Number, (await years.ProgressAsync()).Last!.Number);
    }

    [Fact]
    public async Task The_sweeper_deletes_old_discarded_dead_letters_and_bodies_without_a_letter_and_keeps_those_that_wait()
    {
        var (table, letters) = (_app.Services.GetRequiredService<QuarantineTable>(), _app.Services.GetRequiredService<QuarantinedLetters>());
        var (waiting, discarded, bare) = (Letter(7_101), Letter(7_102), Letter(7_103));
        foreach (var letter in new[] { waiting, discarded }) await table.SaveAsync(letter, BinaryData.FromString("{}"), default);
        var bodies = new BlobContainerClient(_app.Local.Azurite!.Contingency.ConnectionString, "quarantine");
        await bodies.UploadBlobAsync(NameOf(bare), BinaryData.FromString("{}"));
        await table.DiscardAsync(discarded, new Discarding("000000000104", _app.Services.GetRequiredService<TimeProvider>().GetUtcNow(), "A test"), default);

        await years.LaterAsync(TimeSpan.FromDays(60));
        await years.SweepAsync();
        var early = await table.BodyAsync(discarded.Id, default);
        await years.LaterAsync(TimeSpan.FromDays(60));
        await years.SweepAsync();

        Assert.NotNull(early);
        Assert.NotNull(await table.BodyAsync(waiting.Id, default));
        Assert.NotNull(await table.FindAsync(waiting.Id, default));
        Assert.Null(await table.BodyAsync(discarded.Id, default));
        Assert.Null(await table.BodyAsync(bare.Id, default));
        var left = (await letters.AllAsync(default)).Select(letter => letter.Body).ToArray();
        Assert.Contains(NameOf(waiting), left);
        Assert.DoesNotContain(NameOf(discarded), left);
    }

    private static string NameOf(DeadLetter letter) => $"{letter.Id.Queue}/{letter.Id.Sequence:D19}";

    private static DeadLetter Letter(long sequence) => new(
        new DeadLetterId(Queues.WorklistChanges, sequence), Queues.WorklistChanges, "Unreadable", Description: null, "message", CorrelationId: null,
        Subject: null, ContentType: null, Ubrn: null, Sample.Now, Sample.Now, DeliveryCount: 1);
}
