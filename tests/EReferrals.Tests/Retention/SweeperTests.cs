using System.Text.Json.Nodes;
using EReferrals.Audit;
using EReferrals.Intake;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Retention;
using EReferrals.Referrals.Values;
using EReferrals.Retention;
using EReferrals.Storage.Blobs;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Retention;
using EReferrals.Storage.Tables;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Transfers;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Retention;

/// <summary>The sweeper, legal holds and erasures against the real emulators, with the clock moved by years.</summary>
[Collection(UsesRetentionApp.Name)]
public sealed class SweeperTests(RetentionApp years)
{
    private const int MostStops = 40;

    private static readonly JsonObject Reason = new() { ["reason"] = "An inquiry" };

    private readonly RunningApp _app = years.App;

    [Fact]
    public async Task After_its_period_a_referral_is_deleted_whole_and_what_is_open_or_listed_or_held_or_followed_stays()
    {
        var place = await years.PlaceAsync();
        var letter = await _app.AvailableAsync(place.Practice);
        var ubrn = await years.CancelledAsync(place.Practice, place.Service, letter);
        var index = await IndexOfAsync(ubrn);
        var open = await years.ReferAsync(place.Practice.Organisation, place.Service);
        var listed = await years.ReferAsync(place.Practice.Organisation, place.Service);
        await years.CommandAsync(TransferApp.Clinician(place.Hospital), listed, "return", new JsonObject { ["comments"] = "Statins first" });
        var held = await years.CancelledAsync(place.Practice, place.Service);
        using (var hold = await _app.SendAsync(Sample.Operator, HttpMethod.Put, HoldOf(held), Reason)) Assert.Equal(200, (int)hold.StatusCode);
        var alias = await _app.Services.GetRequiredService<UbrnAllocator>().TakeAsync(default);
        await _app.Services.GetRequiredService<ReferralTable>().InsertAliasAsync(alias, Ubrn.Parse(held), default);

        await years.LaterAsync(TimeSpan.FromDays(2900));
        await years.SweepAsync();
        Assert.Equal(200, await years.StatusAsync(place.Practice, ubrn));
        await years.LaterAsync(TimeSpan.FromDays(30));
        await years.SweepAsync();

        await IsGoneAsync(place, ubrn, letter, "EXPIRED", index: index);
        Assert.Equal(404, await years.StatusAsync(TransferApp.Practice(years.NewOrganisation()), ubrn));
        foreach (var kept in new[] { open, listed, held }) Assert.Equal(200, await years.StatusAsync(place.Practice, kept));
        Assert.IsType<FoundNumber.Alias>(await _app.Services.GetRequiredService<GoneReferrals>().LookAsync(alias, default));
        using (var lifted = await _app.SendAsync(Sample.Operator, HttpMethod.Delete, HoldOf(held), Reason)) Assert.Equal(200, (int)lifted.StatusCode);
        await years.SweepAsync();
        await years.SweepAsync();
        foreach (var gone in new[] { held, alias.ToString() }) Assert.Equal(410, await years.StatusAsync(place.Practice, gone));
        foreach (var kept in new[] { open, listed }) Assert.Equal(200, await years.StatusAsync(place.Practice, kept));
    }

    [Fact]
    public async Task A_deletion_that_stops_after_any_storage_call_is_finished_by_the_next_run()
    {
        var place = await years.PlaceAsync();
        var referrals = await years.ManyCancelledAsync(place.Practice, place.Service, MostStops);
        var stops = 0;
        for (var isStopped = true; isStopped; stops++)
        {
            Assert.True(stops < MostStops);
            var (ubrn, letter) = referrals[stops];
            var index = await IndexOfAsync(ubrn);

            isStopped = await years.RunAndStopAsync(stops + 1, () => DeleteAsync(ubrn));
            // What the next run of the sweeper does with this number.
            await DeleteAsync(ubrn);

            await IsGoneAsync(place, ubrn, letter, "EXPIRED", index: index);
        }

        Assert.InRange(stops, 8, MostStops);
    }

    [Fact]
    public async Task A_hold_that_is_placed_between_any_two_storage_calls_of_a_deletion_keeps_the_whole_referral_or_is_refused()
    {
        var place = await years.PlaceAsync();
        var referrals = await years.ManyCancelledAsync(place.Practice, place.Service, MostStops);
        var (calls, outcomes) = (0, new HashSet<bool>());
        for (var isInterrupted = true; isInterrupted; calls++)
        {
            Assert.True(calls < MostStops);
            var ubrn = referrals[calls].Ubrn;
            var status = 0;

            isInterrupted = await years.RunAndInterruptAsync(calls + 1, () => DeleteAsync(ubrn), async () =>
            {
                using var hold = await _app.SendAsync(Sample.Operator, HttpMethod.Put, HoldOf(ubrn), Reason);
                status = (int)hold.StatusCode;
            });

            Assert.True(status is 200 or 410, $"{status}");
            Assert.Equal(status, await years.StatusAsync(place.Practice, ubrn));
            outcomes.Add(status == 200);
        }

        Assert.Equal([false, true], outcomes.Order());
    }

    [Fact]
    public async Task Old_keys_repeats_feeds_and_orphans_are_deleted_and_the_route_tells_how_many()
    {
        var place = await years.PlaceAsync();
        var (orphan, key) = (await _app.UploadAsync(place.Practice), $"{Guid.NewGuid()}");
        var ubrn = await _app.SubmitAsync(place.Practice, key: key, submission: JourneySteps.Submission(service: place.Service));
        await _app.DrainAsync();
        using (var accepted = await _app.CommandAsync(TransferApp.Clinician(place.Hospital), ubrn, "accept", [], 1, key: $"{Guid.NewGuid()}"))
        {
            Assert.Equal(200, (int)accepted.StatusCode);
        }

        await years.LaterAsync(TimeSpan.FromDays(40));
        await years.SweepAsync();

        Assert.False(await years.HasBytesAsync(orphan));
        Assert.Empty(await years.RowsOfAsync(orphan));
        Assert.DoesNotContain(await years.RowsOfAsync(place.Practice.Organisation), row => row.StartsWith("Idempotency/", StringComparison.Ordinal));
        Assert.DoesNotContain(await years.RowsOfAsync(ubrn), row => row.StartsWith("Referrals/k:", StringComparison.Ordinal));
        var feed = await _app.Services.GetRequiredService<WorklistReader>().ChangesAsync(
            new WorklistName(place.Hospital, Worklist.ReferralsForReview), 0, 10, default);
        Assert.Empty(feed);
        // The list itself is as it was.
        Assert.Equal([ubrn], await _app.ListedAsync(TransferApp.Admin(place.Hospital), Worklist.AppointmentsForBooking));
        var pass = (await years.ReadAsync("/v1/operations/retention"))["last"]!;
        Assert.Equal("ON", (string)pass["mode"]!);
        Assert.Superset(
            new HashSet<string> { "ORPHANED_UPLOADS", "CHANGE_FEEDS", "IDEMPOTENCY_KEYS", "DONE_COMMANDS" },
            pass["kinds"]!.AsArray().Where(kind => (long)kind!["deleted"]! > 0).Select(kind => (string)kind!["kind"]!).ToHashSet());
    }

    [Fact]
    public async Task An_erasure_leaves_nothing_of_the_patient_in_rows_files_feeds_and_copies_and_the_number_answers_410()
    {
        var place = await years.PlaceAsync();
        var letter = await _app.AvailableAsync(place.Practice);
        var submission = JourneySteps.Submission(service: place.Service);
        submission["attachments"] = new JsonArray(letter);
        submission["patient"]!["familyName"] = "Erasable";
        var ubrn = await _app.SubmitAsync(place.Practice, submission);
        await _app.SettleAsync();
        // Files that no version of the referral has: that of a letter that was never attached, and that of a review that was never recorded.
        string[] others = [await _app.UploadAsync(place.Practice, ubrn), await _app.UploadAsync(TransferApp.Clinician(place.Hospital), ubrn)];
        await _app.SettleAsync();
        using (var live = await years.EraseAsync(ubrn, 1)) Assert.Equal("urn:ereferrals:problem:referral-is-live", (string)(await live.JsonAsync())["type"]!);
        await years.CommandAsync(TransferApp.Clinician(place.Hospital), ubrn, "return", new JsonObject { ["comments"] = "Who?" });
        await years.CommandAsync(place.Practice, ubrn, "cancel", new JsonObject { ["reason"] = "PATIENT_DIED" }, version: 2);
        using (var stale = await years.EraseAsync(ubrn, 2)) Assert.Equal(409, (int)stale.StatusCode);
        using (var hold = await _app.SendAsync(Sample.Operator, HttpMethod.Put, HoldOf(ubrn), Reason)) Assert.Equal(200, (int)hold.StatusCode);
        using (var held = await years.EraseAsync(ubrn, 3)) Assert.Equal("urn:ereferrals:problem:legal-hold", (string)(await held.JsonAsync())["type"]!);
        using (var lifted = await _app.SendAsync(Sample.Operator, HttpMethod.Delete, HoldOf(ubrn), Reason)) Assert.Equal(200, (int)lifted.StatusCode);

        // Snapshots of another quarter of a minute.
        years.WhenAllInstancesKnow();
        using (var erased = await years.EraseAsync(ubrn, 3)) Assert.Equal("ERASED", (string)(await erased.JsonAsync())["removed"]!);
        await _app.SettleAsync();
        using (var again = await years.EraseAsync(ubrn, 3)) Assert.True((bool)(await again.JsonAsync())["isFinished"]!);
        await _app.SettleAsync();

        await IsGoneAsync(place, ubrn, letter, "ERASED", areTracesLeft: true);
        foreach (var file in others)
        {
            Assert.Empty(await years.RowsOfAsync(file));
            Assert.False(await years.HasBytesAsync(file));
            using var read = await _app.GetAsync(place.Practice, $"/v1/attachments/{file}");
            Assert.Equal(404, (int)read.StatusCode);
        }

        foreach (var list in WorklistRules.ListsOf(place.Hospital).Concat(WorklistRules.ListsOf(place.Practice.Organisation)))
        {
            var feed = await _app.Services.GetRequiredService<WorklistReader>().ChangesAsync(list, 0, 100, default);
            Assert.All(feed.SelectMany(batch => batch.Changes).Where(change => change.Ubrn == Ubrn.Parse(ubrn)), change => Assert.Null(change.Entry));
            var snapshot = await _app.Services.GetRequiredService<SnapshotBlobs>().ReadAsync(list, SnapshotBlobs.Json, null, default);
            Assert.DoesNotContain(ubrn, snapshot?.Content.ToString() ?? "", StringComparison.Ordinal);
        }

        Assert.Equal(404, await years.StatusAsync(TransferApp.Practice(years.NewOrganisation()), ubrn));
        using var command = await _app.CommandAsync(place.Practice, ubrn, "cancel", new JsonObject { ["reason"] = "PATIENT_DIED" }, 3);
        Assert.Equal(410, (int)command.StatusCode);
        await years.LaterAsync(TimeSpan.FromDays(40));
        await years.SweepAsync();
        await IsGoneAsync(place, ubrn, letter, "ERASED");
    }

    [Fact]
    public async Task An_erasure_that_stops_after_any_storage_call_is_finished_by_the_sweeper()
    {
        var place = await years.PlaceAsync();
        var referrals = await years.ManyCancelledAsync(place.Practice, place.Service, MostStops);
        var (stops, begun) = (0, new List<(string Ubrn, string Letter, string Index)>());
        for (var isStopped = true; isStopped; stops++)
        {
            Assert.True(stops < referrals.Count);
            var (ubrn, letter) = referrals[stops];
            var index = await IndexOfAsync(ubrn);
            isStopped = await years.RunAndStopAsync((2 * stops) + 1, async () =>
            {
                using var _ = await years.EraseAsync(ubrn, 2);
            });
            if (await years.StatusAsync(place.Practice, ubrn) == 410) begun.Add((ubrn, letter, index));
        }

        for (var runs = 0; runs < 3; runs++)
        {
            await years.SweepOnceAsync();
            await _app.SettleAsync();
        }

        Assert.InRange(begun.Count, 5, stops - 1);
        foreach (var (ubrn, letter, index) in begun) await IsGoneAsync(place, ubrn, letter, "ERASED", areTracesLeft: true, index);
    }

    private async Task DeleteAsync(string ubrn)
    {
        var removal = _app.Services.GetRequiredService<ReferralRemoval>();
        if (await _app.Services.GetRequiredService<GoneReferrals>().LookAsync(Ubrn.Parse(ubrn), default) is FoundNumber.Present read)
        {
            await removal.RemoveAsync(read, stone => stone, Removal.Expired, Entry, default);
        }
        else
        {
            await removal.FinishAsync(Ubrn.Parse(ubrn), default);
        }
    }

    // The key in the index of possible duplicates.
    private async Task<string> IndexOfAsync(string ubrn)
    {
        var found = await _app.Services.GetRequiredService<GoneReferrals>().LookAsync(Ubrn.Parse(ubrn), default);
        return TableKeys.Patient(PatientAtService.From(((FoundNumber.Present)found).Referral));
    }

    private static AuditEntry Entry => new()
    {
        What = AuditedAction.ReferralDeleted,
        User = "sweeper",
        Function = "test",
        CorrelationId = "test",
        RequestId = "test",
    };

    private static string HoldOf(string ubrn) => $"/v1/operations/referrals/{ubrn}/legal-hold";

    private async Task IsGoneAsync(RetentionPlace place, string ubrn, string letter, string why, bool areTracesLeft = false, string? index = null)
    {
        Assert.Equal(410, await years.StatusAsync(place.Practice, ubrn));
        var kept = await years.ReadAsync($"/v1/operations/referrals/{ubrn}/retention");
        Assert.Equal((why, true), ((string)kept["removed"]!, (bool)kept["isFinished"]!));
        string[] left = areTracesLeft ? ["Worklists/r:", "Referrals/erase:", "Referrals/current:"] : ["Referrals/current:"];
        Assert.All(
            await years.RowsOfAsync(ubrn, letter, index ?? letter),
            row => Assert.Contains(left, start => row.StartsWith(start, StringComparison.Ordinal)));
        Assert.False(await years.HasBytesAsync(letter));
    }
}
