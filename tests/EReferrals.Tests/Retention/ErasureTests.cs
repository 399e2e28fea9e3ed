using System.IO.Compression;
using System.Text.Json.Nodes;
using EReferrals.Attachments;
using EReferrals.Intake;
using EReferrals.Messaging;
using EReferrals.Processing;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Retention;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Retention;
using EReferrals.Storage.Tables;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Transfers;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Retention;

/// <summary>What an erasure deletes and ends besides the rows of the referral.</summary>
[Collection(UsesRetentionApp.Name)]
public sealed class ErasureTests(RetentionApp years)
{
    private const int MostStops = 40;

    private static readonly JsonObject Died = new() { ["reason"] = "PATIENT_DIED" };

    private readonly RunningApp _app = years.App;

    [Fact]
    public async Task An_erasure_ends_the_links_to_packs_with_the_referral_and_a_new_link_reads_a_pack_without_it()
    {
        var (place, other) = (await years.PlaceAsync(), await years.PlaceAsync());
        var (reader, stranger) = (TransferApp.Clinician(place.Hospital), TransferApp.Clinician(other.Hospital));
        var ubrn = await years.ReferAsync(place.Practice.Organisation, place.Service);
        var kept = await years.ReferAsync(place.Practice.Organisation, place.Service);
        await years.ReferAsync(other.Practice.Organisation, other.Service);
        await years.BuildPacksAsync();
        var links = await Task.WhenAll(years.LinkAsync(reader), years.LinkAsync(place.Practice), years.LinkAsync(stranger));
        var before = await SheetsAsync(links[0]!);
        await years.CommandAsync(place.Practice, ubrn, "cancel", Died);

        var atOnce = await years.IsErasedAsync(ubrn, 2);
        var meanwhile = await years.LinkAsync(reader);
        var statuses = await Task.WhenAll(links.Select(link => StatusAsync(link!)));
        await _app.SettleAsync();
        var beforeTheNextPack = await years.IsErasedAsync(ubrn, 2);
        await years.BuildPacksAsync();
        var afterwards = await years.IsErasedAsync(ubrn, 2);

        Assert.Equal(new[] { kept, ubrn }.Order(), before.Order());
        Assert.Null(meanwhile);
        Assert.Equal([404, 404, 200], statuses);
        Assert.Equal((false, false, true), (atOnce, beforeTheNextPack, afterwards));
        Assert.Equal([kept], await SheetsAsync((await years.LinkAsync(reader))!));
    }

    [Fact]
    public async Task An_erasure_that_stops_after_any_call_to_a_blob_is_finished_by_its_repeat()
    {
        var place = await years.PlaceAsync();
        var reader = TransferApp.Clinician(place.Hospital);
        var referrals = await years.ManyCancelledAsync(place.Practice, place.Service, MostStops);
        await years.ReferAsync(place.Practice.Organisation, place.Service);
        var stops = 0;
        for (var isStopped = true; isStopped; stops++)
        {
            Assert.True(stops < MostStops);
            var (ubrn, letter) = referrals[stops];
            await years.BuildPacksAsync();
            var link = await years.LinkAsync(reader);

            isStopped = await years.RunAndStopAtBlobsAsync(stops + 1, async () =>
            {
                using var _ = await years.EraseAsync(ubrn, 2);
            });
            await years.IsErasedAsync(ubrn, 2);
            await years.BuildPacksAsync();

            Assert.True(await years.IsErasedAsync(ubrn, 2));
            Assert.False(await years.HasBytesAsync(letter));
            if (link is not null) Assert.Equal(404, await StatusAsync(link));
        }

        Assert.InRange(stops, 6, MostStops);
    }

    [Fact]
    public async Task A_deletion_that_stops_after_any_call_to_a_blob_is_finished_by_the_next_run()
    {
        var place = await years.PlaceAsync();
        var referrals = await years.ManyCancelledAsync(place.Practice, place.Service, MostStops / 2);
        await years.LaterAsync(TimeSpan.FromDays(2930));
        for (var calls = 1; calls <= MostStops; calls++)
        {
            await years.RunAndStopAtBlobsAsync(calls, years.SweepOnceAsync);
            // The lease of the run that was stopped.
            years.Advance(TimeSpan.FromMinutes(11));
        }

        await years.SweepAsync();

        foreach (var (ubrn, letter) in referrals)
        {
            Assert.IsType<FoundNumber.Gone>(await _app.Services.GetRequiredService<GoneReferrals>().LookAsync(Ubrn.Parse(ubrn), default));
            Assert.False(await years.HasBytesAsync(letter));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_a_dead_letter_waits_for_one_of_its_numbers_a_referral_is_not_erased_and_a_discarded_one_is_deleted_with_it(bool isOfAlias)
    {
        var place = await years.PlaceAsync();
        var ubrn = await years.CancelledAsync(place.Practice, place.Service);
        var alias = await _app.Services.GetRequiredService<UbrnAllocator>().TakeAsync(default);
        await _app.Services.GetRequiredService<ReferralTable>().InsertAliasAsync(alias, Ubrn.Parse(ubrn), default);
        var id = new DeadLetterId(Queues.WorklistChanges, isOfAlias ? 7_002 : 7_001);
        var number = isOfAlias ? alias.ToString() : ubrn;
        var letter = new DeadLetter(
            id, Queues.WorklistChanges, "Unreadable", Description: null, "message", CorrelationId: null, Subject: null, ContentType: null, number, Sample.Now,
            Sample.Now, DeliveryCount: 1);
        var quarantine = _app.Services.GetRequiredService<QuarantineTable>();
        await quarantine.SaveAsync(letter, BinaryData.FromString("{}"), default);

        using var refused = await years.EraseAsync(ubrn, 2);
        using var discarded = await _app.PostAsync(
            Sample.Operator, $"/v1/operations/dead-letters/{id}/discard", new JsonObject { ["reason"] = "It was registered in error." });
        await years.IsErasedAsync(ubrn, 2);

        Assert.Equal("urn:ereferrals:problem:dead-letter-waits", (string?)(await refused.ProblemAsync(409))["type"]);
        Assert.Equal(204, (int)discarded.StatusCode);
        Assert.Null(await quarantine.BodyAsync(id, default));
        Assert.DoesNotContain(await _app.Services.GetRequiredService<QuarantinedLetters>().AllAsync(default), one => one.Ubrn == number);
    }

    [Fact]
    public async Task While_the_tables_are_away_the_audit_trail_is_searched_and_the_answer_says_that_the_changes_are_missing()
    {
        var place = await years.PlaceAsync();
        var ubrn = await years.CancelledAsync(place.Practice, place.Service);
        var now = _app.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        using var read = await _app.GetAsync(place.Practice, $"/v1/referrals/{ubrn}");
        var (from, to) = ($"{now.AddDays(-1).UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}", $"{now.AddDays(1).UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");

        years.Tables.Refused = "Referrals";
        using var response = await _app.GetAsync(Sample.Operator, $"/v1/operations/audit?ubrn={ubrn}&from={from}&to={to}");
        years.Tables.Refused = null;

        var answer = await response.JsonAsync();
        Assert.True((bool)answer["lacksChanges"]!);
        Assert.Contains(answer["entries"]!.AsArray(), entry => (string?)entry!["what"] == "REFERRAL_READ");
    }

    [Fact]
    public async Task A_letter_that_was_replaced_is_erased_with_the_referral()
    {
        var place = await years.PlaceAsync();
        var (replaced, present) = (await _app.AvailableAsync(place.Practice), await _app.AvailableAsync(place.Practice));
        var submission = JourneySteps.Submission(service: place.Service);
        submission["attachments"] = new JsonArray(replaced);
        var ubrn = await _app.SubmitAsync(place.Practice, submission);
        await _app.DrainAsync();
        await years.CommandAsync(place.Practice, ubrn, "letters", new JsonObject { ["attachments"] = new JsonArray(present) });
        await years.CommandAsync(place.Practice, ubrn, "cancel", Died, version: 2);

        await years.IsErasedAsync(ubrn, 3);

        foreach (var letter in new[] { replaced, present })
        {
            Assert.False(await years.HasBytesAsync(letter));
            Assert.DoesNotContain(await years.RowsOfAsync(letter), row => row.StartsWith("Attachments/", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_file_that_is_uploaded_for_a_referral_while_it_is_erased_is_deleted_whenever_the_erasure_comes()
    {
        var place = await years.PlaceAsync();
        var referrals = await years.ManyCancelledAsync(place.Practice, place.Service, MostStops / 2);
        var (calls, answers) = (0, new HashSet<int>());
        for (var isInterrupted = true; isInterrupted; calls++)
        {
            var ubrn = referrals[calls].Ubrn;
            isInterrupted = await years.RunAndInterruptAsync(
                calls + 1, async () => answers.Add(await UploadForAsync(place.Practice, ubrn)), () => years.IsErasedAsync(ubrn, 2));

            Assert.DoesNotContain(await years.RowsOfAsync(ubrn), row => row.StartsWith("Attachments/", StringComparison.Ordinal));
        }

        Assert.InRange(calls, 5, MostStops / 2);
        Assert.Equal([201, 410], answers.Order());
        await _app.SettleAsync();
        var left = await years.AllBytesAsync();
        foreach (var (_, letter) in referrals.Take(calls)) Assert.DoesNotContain(letter, left);
        Assert.Equal(410, await UploadForAsync(place.Practice, referrals[0].Ubrn));
    }

    [Fact]
    public async Task An_upload_that_stops_after_any_storage_call_while_its_referral_is_erased_leaves_no_file_when_the_sweeper_has_run()
    {
        var place = await years.PlaceAsync();
        var referrals = await years.ManyCancelledAsync(place.Practice, place.Service, MostStops / 2);
        await _app.SettleAsync();
        var letters = await years.AllBytesAsync();
        var stops = 0;
        for (var isStopped = true; isStopped; stops++)
        {
            Assert.True(stops < referrals.Count);
            isStopped = await UploadAndStopAsync(place.Practice, referrals[stops].Ubrn, stops + 1);
        }

        for (var runs = 0; runs < 2; runs++)
        {
            await _app.SettleAsync();
            await years.SweeperIn(SweepMode.Off).SweepAsync(default);
        }

        Assert.InRange(stops, 5, MostStops / 2);
        Assert.Subset(letters.ToHashSet(), (await years.AllBytesAsync()).ToHashSet());
        foreach (var (ubrn, _) in referrals.Take(stops))
        {
            Assert.DoesNotContain(await years.RowsOfAsync(ubrn), row => row.StartsWith("Attachments/binary:", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_repeat_of_a_submission_whose_referral_was_erased_is_refused_and_another_key_refers_the_patient_again()
    {
        var place = await years.PlaceAsync();
        var (submission, key) = (SubmissionTo(place), $"{Guid.NewGuid()}");
        var ubrn = await ErasedAsync(place, submission, key);

        using var repeated = await _app.PostAsync(place.Practice, "/v1/referrals", submission, ("Idempotency-Key", key));
        var again = await _app.SubmitAsync(place.Practice, submission, $"{Guid.NewGuid()}");
        await _app.DrainAsync();

        Assert.Equal("urn:ereferrals:problem:deleted", (string?)(await repeated.ProblemAsync(410))["type"]);
        Assert.Equal((410, 200), (await years.StatusAsync(place.Practice, ubrn), await years.StatusAsync(place.Practice, again)));
    }

    [Fact]
    public async Task While_the_tables_are_away_a_repeat_is_accepted_although_its_referral_was_erased()
    {
        var place = await years.PlaceAsync();
        var (submission, key) = (SubmissionTo(place), $"{Guid.NewGuid()}");
        var ubrn = await ErasedAsync(place, submission, key);

        years.Tables.Refused = "Referrals";
        var repeated = await _app.SubmitAsync(place.Practice, submission, key);
        years.Tables.Refused = null;

        Assert.Equal((ubrn, 410), (repeated, await years.StatusAsync(place.Practice, repeated)));
    }

    [Fact]
    public async Task A_repeat_that_was_accepted_after_the_erasure_becomes_a_dead_letter_that_waits_for_an_operator()
    {
        var place = await years.PlaceAsync();
        var (submission, key) = (SubmissionTo(place), $"{Guid.NewGuid()}");
        var erased = await ErasedAsync(place, submission, key);

        years.Tables.Refused = "Idempotency";
        var repeated = await _app.SubmitAsync(place.Practice, submission, key);
        years.Tables.Refused = null;
        await _app.SettleAsync();

        Assert.NotEqual(erased, repeated);
        Assert.Equal(410, await years.StatusAsync(place.Practice, repeated));
        var letters = (await years.ReadAsync("/v1/operations/dead-letters"))["deadLetters"]!.AsArray();
        var letter = Assert.Single(letters, letter => (string?)letter!["ubrn"] == repeated);
        Assert.Equal(("referral-submitted", "ReferralDeleted"), ((string?)letter!["queue"], (string?)letter["reason"]));

        // The practice believes that it has referred: the letter waits for an operator, who tells it, also when the erasure is sent again.
        using var again = await years.EraseAsync(erased, 2);
        var left = (await years.ReadAsync("/v1/operations/dead-letters"))["deadLetters"]!.AsArray();
        Assert.Equal(200, (int)again.StatusCode);
        Assert.Single(left, letter => (string?)letter!["ubrn"] == repeated);
        var trail = await _app.TrailAsync(again.Headers.GetValues("X-Correlation-ID").Single());
        Assert.Equal([("REFERRAL_ERASED", erased)], trail.Select(entry => ((string?)entry["what"], (string?)entry["ubrn"])));
    }

    [Fact]
    public async Task A_late_repeat_of_an_erased_referral_is_a_dead_letter_and_a_late_delivery_of_its_own_submission_is_not()
    {
        var place = await years.PlaceAsync();
        var ubrn = Ubrn.Parse(await ErasedAsync(place, SubmissionTo(place), $"{Guid.NewGuid()}"));
        var processing = _app.Services.GetRequiredService<SubmissionProcessing>();
        var now = _app.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        var repeat = Sample.Submission() with { Ubrn = ubrn, Service = place.Service, Received = now };

        await processing.ProcessAsync(repeat with { Received = now.AddHours(-1) }, default);
        var refusal = await Assert.ThrowsAsync<UnprocessableMessageException>(() => processing.ProcessAsync(repeat, default));

        Assert.Equal("ReferralDeleted", refusal.Reason);
    }

    [Fact]
    public async Task A_file_that_was_uploaded_before_files_were_listed_by_their_number_or_for_an_alias_is_found_by_the_walk_over_the_files_and_not_read()
    {
        var place = await years.PlaceAsync();
        var ubrn = await years.CancelledAsync(place.Practice, place.Service);
        var alias = await _app.Services.GetRequiredService<UbrnAllocator>().TakeAsync(default);
        string[] files = [await _app.UploadAsync(place.Practice, ubrn), await _app.UploadAsync(place.Practice, alias.ToString())];
        await _app.Services.GetRequiredService<ReferralTable>().InsertAliasAsync(alias, Ubrn.Parse(ubrn), default);
        await _app.Services.GetRequiredService<FileIndex>().ClearAsync(Ubrn.Parse(ubrn), default);
        await _app.SettleAsync();

        await years.IsErasedAsync(ubrn, 2);

        foreach (var file in files)
        {
            using var read = await _app.GetAsync(place.Practice, $"/v1/attachments/{file}");
            using var status = await _app.GetAsync(place.Practice, $"/v1/attachments/{file}/status");
            Assert.Equal((404, 404), ((int)read.StatusCode, (int)status.StatusCode));
        }

        Assert.Equal(410, await years.StatusAsync(place.Practice, alias.ToString()));
        await years.LaterAsync(TimeSpan.FromDays(1));
        await years.FinishPassAsync(years.SweeperIn(SweepMode.DryRun));
        foreach (var file in files)
        {
            Assert.Empty(await years.RowsOfAsync(file));
            Assert.False(await years.HasBytesAsync(file));
        }
    }

    [Fact]
    public async Task A_verdict_on_a_file_that_was_deleted_before_its_scan_is_dropped_and_one_on_an_unknown_file_is_a_dead_letter()
    {
        var place = await years.PlaceAsync();
        _app.Local.PauseScanner();
        var linked = await _app.UploadAsync(place.Practice);
        var ubrn = await years.CancelledAsync(place.Practice, place.Service, linked);
        var named = await _app.UploadAsync(place.Practice, ubrn);
        await _app.SettleAsync();
        await years.IsErasedAsync(ubrn, 2);
        _app.Local.ResumeScanner();
        var before = await LettersAsync();

        foreach (var file in new[] { linked, named, linked }) await _app.ReportScanAsync(file);
        await _app.DrainAsync();
        var afterTheDeleted = await LettersAsync();
        await _app.ReportScanAsync(AttachmentId.New());
        await _app.DrainAsync();
        var unknown = Assert.Single((await LettersAsync()).Except(afterTheDeleted));
        await years.LaterAsync(TimeSpan.FromDays(RetentionTable.TraceDays + 1));
        await years.FinishPassAsync(years.SweeperIn(SweepMode.DryRun));
        var isKnown = await _app.Services.GetRequiredService<DeletedFiles>().HasAsync(linked, default);

        Assert.Equal(before, afterTheDeleted);
        Assert.Equal((Queues.AttachmentScanned, "UnknownAttachment"), (unknown.Queue, unknown.Reason));
        Assert.False(isKnown);
    }

    [Theory]
    [InlineData(SweepMode.Off)]
    [InlineData(SweepMode.DryRun)]
    public async Task An_ordered_erasure_is_finished_when_the_sweeper_deletes_nothing_else(SweepMode mode)
    {
        var place = await years.PlaceAsync();
        var ubrn = await years.CancelledAsync(place.Practice, place.Service, await _app.AvailableAsync(place.Practice));
        var isFinished = await years.IsErasedAsync(ubrn, 2);
        await _app.SettleAsync();
        years.Advance(TimeSpan.FromMinutes(11));

        await years.SweeperIn(mode).SweepAsync(default);

        var kept = await years.ReadAsync($"/v1/operations/referrals/{ubrn}/retention");
        Assert.Equal((false, true), (isFinished, (bool)kept["isFinished"]!));
    }

    private static JsonObject SubmissionTo(RetentionPlace place)
    {
        var submission = JourneySteps.Submission(service: place.Service);
        submission["letter"] = "NOT_INTENDING_TO_ADD";
        return submission;
    }

    private async Task<string> ErasedAsync(RetentionPlace place, JsonObject submission, string key)
    {
        var ubrn = await _app.SubmitAsync(place.Practice, submission, key);
        await _app.DrainAsync();
        await years.CommandAsync(place.Practice, ubrn, "cancel", Died);
        await years.IsErasedAsync(ubrn, 2);
        return ubrn;
    }

    // Erases between the check of the number and the first row of the file. From that row on, the tables respond to so many calls about the file.
    private async Task<bool> UploadAndStopAsync(Actor practice, string ubrn, int calls)
    {
        var (file, isErased, left) = ((string?)null, false, calls);
        years.Tables.Before = async request =>
        {
            var key = $"file:{ubrn}:";
            if (file is null && request.Path.IndexOf(key, StringComparison.Ordinal) is var at and >= 0)
            {
                file = request.Path.Substring(at + key.Length, $"{Guid.Empty}".Length);
                await years.IsErasedAsync(ubrn, 2);
                isErased = true;
            }

            var isAbout = new[] { request.Path, request.Body }.Any(text => file is not null && text.Contains(file, StringComparison.Ordinal));
            if (isErased && isAbout && Interlocked.Decrement(ref left) == 0) years.Tables.Refused = "/";
        };
        await UploadForAsync(practice, ubrn);
        (years.Tables.Before, years.Tables.Refused) = (null, null);
        Assert.True(isErased);
        return left <= 0;
    }

    private async Task<int> UploadForAsync(Actor practice, string ubrn)
    {
        using var response = await _app.UploadAsync(practice, "Dear colleague"u8.ToArray(), headers: ("NHSD-eRS-Referral-ID", ubrn));
        return (int)response.StatusCode;
    }

    private Task<IReadOnlyList<DeadLetter>> LettersAsync() =>
        _app.Services.GetRequiredService<QuarantineTable>().ListAsync(Queues.All, after: null, limit: 500, default);

    private static async Task<int> StatusAsync(Uri link)
    {
        using var plain = new HttpClient();
        using var response = await plain.GetAsync(link);
        return (int)response.StatusCode;
    }

    private static async Task<string[]> SheetsAsync(Uri link)
    {
        using var plain = new HttpClient();
        using var zip = new ZipArchive(await plain.GetStreamAsync(link), ZipArchiveMode.Read);
        return [.. zip.Entries.Where(entry => entry.FullName.StartsWith("sheets/", StringComparison.Ordinal)).Select(entry => entry.Name[..^".html".Length])];
    }
}
