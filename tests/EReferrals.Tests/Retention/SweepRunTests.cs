using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using EReferrals.Intake;
using EReferrals.Messaging;
using EReferrals.Processing;
using EReferrals.Referrals;
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

    [Fact]
    public async Task While_a_submission_waits_in_quarantine_no_key_is_deleted_so_that_its_late_replay_becomes_no_second_referral()
    {
        var place = await years.PlaceAsync();
        var (first, repeat, letter) = (await SubmissionAsync(place), await SubmissionAsync(place), LetterOf(7_201));
        repeat = repeat with { Idempotency = first.Idempotency };
        var table = _app.Services.GetRequiredService<QuarantineTable>();
        await _app.Services.GetRequiredService<SubmissionProcessing>().ProcessAsync(first, default);
        await table.SaveAsync(letter, new BinaryData(JsonSerializer.SerializeToUtf8Bytes(repeat, MessageJson.Default.Submission)), default);

        await years.LaterAsync(TimeSpan.FromDays(40));
        await years.SweepAsync();
        var pass = (await years.ReadAsync("/v1/operations/retention"))["last"]!;
        using var replayed = await _app.PostAsync(Sample.Operator, $"/v1/operations/dead-letters/{letter.Id}/replay", new JsonObject());
        await _app.SettleAsync();

        var keys = Assert.Single(pass["kinds"]!.AsArray(), kind => (string?)kind!["kind"] == "IDEMPOTENCY_KEYS")!;
        Assert.Equal((true, 0), ((long)keys["due"]! > 0, (long)keys["deleted"]!));
        Assert.True((int)replayed.StatusCode == 200, await replayed.Content.ReadAsStringAsync());
        var found = await _app.Services.GetRequiredService<GoneReferrals>().LookAsync(repeat.Ubrn, default);
        Assert.Equal(first.Ubrn, Assert.IsType<FoundNumber.Alias>(found).First);
    }

    [Fact]
    public async Task A_submission_that_was_replayed_counts_as_waiting_for_two_days_and_then_no_longer()
    {
        var place = await years.PlaceAsync();
        var (submission, letter) = (await SubmissionAsync(place), LetterOf(7_202));
        await _app.Services.GetRequiredService<SubmissionProcessing>().ProcessAsync(submission, default);
        await years.LaterAsync(TimeSpan.FromDays(40));
        // As after a replay whose message waits on its queue.
        await _app.Services.GetRequiredService<QuarantineTable>().NoteReplayAsync(
            letter, "message", _app.Services.GetRequiredService<TimeProvider>().GetUtcNow(), default);

        await years.SweepAsync();
        var early = await KeysAsync(place);
        await years.SweepAsync();
        await years.SweepAsync();

        Assert.Equal((1, 0), (early, await KeysAsync(place)));
    }

    private async Task<int> KeysAsync(RetentionPlace place) =>
        (await years.RowsOfAsync(place.Practice.Organisation)).Count(row => row.StartsWith("Idempotency/", StringComparison.Ordinal));

    // With a key of its own, as an accepted one.
    private async Task<Submission> SubmissionAsync(RetentionPlace place) => Sample.Submission() with
    {
        Ubrn = await _app.Services.GetRequiredService<UbrnAllocator>().TakeAsync(default),
        Service = place.Service,
        Referrer = new Referrer(place.Practice.Organisation, place.Practice.User, place.Practice.User),
        By = place.Practice,
        Received = _app.Services.GetRequiredService<TimeProvider>().GetUtcNow(),
        Idempotency = new Idempotency($"{Guid.NewGuid():N}{Guid.NewGuid():N}", $"{Guid.NewGuid():N}"),
    };

    private static DeadLetter LetterOf(long sequence) =>
        Letter(sequence) with { Id = new DeadLetterId(Queues.ReferralSubmitted, sequence), Queue = Queues.ReferralSubmitted };

    private static string NameOf(DeadLetter letter) => $"{letter.Id.Queue}/{letter.Id.Sequence:D19}";

    private static DeadLetter Letter(long sequence) => new(
        new DeadLetterId(Queues.WorklistChanges, sequence), Queues.WorklistChanges, "Unreadable", Description: null, "message", CorrelationId: null,
        Subject: null, ContentType: null, Ubrn: null, Sample.Now, Sample.Now, DeliveryCount: 1);
}
