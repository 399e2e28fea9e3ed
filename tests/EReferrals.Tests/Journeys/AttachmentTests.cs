using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Journeys;

[Collection(Journey.Name)]
public class AttachmentTests(SharedApp shared)
{
    private const int Limit = 5_242_880;

    private static readonly Actor Stranger = Sample.ProviderClinician with { Organisation = "RCD" };

    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task An_upload_response_describes_the_stored_file()
    {
        var bytes = "Dear colleague"u8.ToArray();

        using var response = await _app.UploadAsync(Sample.ReferringClinician, bytes, "Br%C3%BCcke%20%25.txt", "text/plain; charset=utf-8");

        Assert.Equal(201, (int)response.StatusCode);
        var receipt = await response.JsonAsync();
        Assert.Equal(new Uri($"/v1/attachments/{receipt["id"]}", UriKind.Relative), response.Headers.Location);
        Assert.Equal(
            ("Brücke %.txt", "text/plain", bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)), "PENDING"),
            ((string)receipt["name"]!, (string)receipt["contentType"]!, (int)receipt["size"]!, (string)receipt["sha256"]!, (string)receipt["status"]!));
    }

    [Theory]
    [InlineData("text/html", "letter.html", 415, "")]
    [InlineData("application/zip", "letter.zip", 415, "")]
    [InlineData(null, "letter.txt", 415, "")]
    [InlineData("not a type", "letter.txt", 415, "")]
    [InlineData("text/plain", null, 400, "NHSD-eRS-File-Name MISSING_HEADER")]
    [InlineData("text/plain", "%ZZ.txt", 400, "NHSD-eRS-File-Name INVALID_VALUE")]
    [InlineData("text/plain", "%C3%28.txt", 400, "NHSD-eRS-File-Name INVALID_VALUE")]
    [InlineData("text/plain", "%.txt", 400, "NHSD-eRS-File-Name INVALID_VALUE")]
    [InlineData("text/plain", "a%2Fb.txt", 422, "NHSD-eRS-File-Name INVALID_VALUE")]
    [InlineData("text/plain", "..%5Cb.txt", 422, "NHSD-eRS-File-Name INVALID_VALUE")]
    [InlineData("text/plain", "a%00b.txt", 422, "NHSD-eRS-File-Name INVALID_VALUE")]
    [InlineData("text/plain", "a%0D%0Ab.txt", 422, "NHSD-eRS-File-Name INVALID_VALUE")]
    [InlineData("text/plain", "a%E2%80%AEb.txt", 422, "NHSD-eRS-File-Name INVALID_VALUE")]
    [InlineData("text/plain", "letter.pdf", 422, "NHSD-eRS-File-Name CONFLICTING_VALUES")]
    [InlineData("text/plain", "letter", 422, "NHSD-eRS-File-Name CONFLICTING_VALUES")]
    [InlineData("application/pdf", "letter.pdf", 422, "Content-Type CONFLICTING_VALUES")]
    [InlineData("image/png", "letter.pdf", 422, "NHSD-eRS-File-Name CONFLICTING_VALUES, Content-Type CONFLICTING_VALUES")]
    public async Task A_file_that_contradicts_its_headers_is_rejected(string? type, string? name, int status, string problems)
    {
        using var response = await _app.UploadAsync(Sample.ReferringClinician, "Dear colleague"u8.ToArray(), name, type);

        var problem = await response.ProblemAsync(status);
        Assert.Equal(problems, string.Join(", ", Problems.In(problem)));
    }

    [Fact]
    public async Task A_file_name_has_at_most_255_characters()
    {
        using var longest = await _app.UploadAsync(Sample.ReferringClinician, "Dear colleague"u8.ToArray(), new string('a', 251) + ".txt");
        using var tooLong = await _app.UploadAsync(Sample.ReferringClinician, "Dear colleague"u8.ToArray(), new string('a', 252) + ".txt");

        Assert.Equal((201, 422), ((int)longest.StatusCode, (int)tooLong.StatusCode));
    }

    [Fact]
    public async Task The_referral_number_of_an_upload_has_twelve_digits()
    {
        using var response = await _app.UploadAsync(
            Sample.ReferringClinician, "Dear colleague"u8.ToArray(), headers: ("NHSD-eRS-Referral-ID", "12345"));

        Assert.Equal(["NHSD-eRS-Referral-ID INVALID_VALUE"], Problems.In(await response.ProblemAsync(400)));
    }

    [Fact]
    public async Task A_file_has_1_byte_to_5_megabytes() => Assert.Equal(
        (422, 201, 201, 413),
        (await SizedAsync(0), await SizedAsync(1), await SizedAsync(Limit), await SizedAsync(Limit + 1)));

    [Fact]
    public async Task An_empty_file_is_rejected_as_a_size_error()
    {
        using var response = await _app.UploadAsync(Sample.ReferringClinician, []);

        Assert.Equal([" FILE_SIZE_ERROR"], Problems.In(await response.ProblemAsync(422)));
    }

    [Fact]
    public async Task A_file_cannot_be_downloaded_before_its_scan_is_clean()
    {
        _app.Local.PauseScanner();
        var id = await _app.UploadedAsync(Sample.ReferringClinician);

        using var early = await _app.GetAsync(Sample.ReferringClinician, $"/v1/attachments/{id}");
        var before = await StatusAsync(id);
        _app.Local.ResumeScanner();
        await _app.DrainAsync();
        using var open = await _app.GetAsync(Sample.ReferringClinician, $"/v1/attachments/{id}");
        var after = await StatusAsync(id);

        Assert.Equal(["id PENDING"], Problems.In(await early.ProblemAsync(409)));
        Assert.Equal("Dear colleague", await open.Content.ReadAsStringAsync());
        Assert.Equal(("PENDING", false), ((string)before["status"]!, before.ContainsKey("scannedAt")));
        Assert.Equal(("AVAILABLE", true), ((string)after["status"]!, after.ContainsKey("scannedAt")));
    }

    [Fact]
    public async Task An_infected_file_can_be_neither_downloaded_nor_submitted()
    {
        using var upload = await _app.UploadAsync(Sample.ReferringClinician, AttachmentSteps.TestThreat);
        var id = (string)(await upload.JsonAsync())["id"]!;
        await _app.DrainAsync();

        using var open = await _app.GetAsync(Sample.ReferringClinician, $"/v1/attachments/{id}");
        using var submission = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", AttachmentSteps.Naming(id));

        Assert.Equal(["id THREATS_FOUND"], Problems.In(await open.ProblemAsync(409)));
        Assert.Equal(["/attachments/0 INVALID_STATE"], Problems.In(await submission.ProblemAsync(422)));
        Assert.Equal("THREATS_FOUND", (string)(await StatusAsync(id))["status"]!);
    }

    [Fact]
    public async Task A_letter_found_infected_is_owed_again_when_the_verdict_comes_before_or_after_processing()
    {
        _app.Local.PauseScanner();
        var (first, second) = (await ThreatAsync(), await ThreatAsync());
        var after = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(first));
        await _app.DrainAsync();
        await _app.Local.PauseTriggersAsync();
        var before = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(second));
        await _app.Services.GetRequiredService<AttachmentTable>().RecordVerdictAsync(second, AttachmentStatus.ThreatsFound, DateTimeOffset.UtcNow, default);
        _app.Local.ResumeTriggers();
        _app.Local.ResumeScanner();
        await _app.DrainAsync();

        foreach (var ubrn in new[] { after, before })
        {
            var referral = await ReadAsync(ubrn);
            Assert.Equal(
                ("NOT_DUE", "LETTER_BLOCKED", 1),
                ((string)referral["letter"]!["status"]!, (string)referral["problems"]!.AsArray().Single()!["code"]!, referral["attachments"]!.AsArray().Count));
            using var history = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}/history");
            var last = (await history.JsonAsync())["versions"]!.AsArray()[^1]!;
            Assert.Equal(("LETTERS_CHECKED", "system"), ((string)last["what"]!, (string)last["by"]!["role"]!));
            Assert.Contains(ubrn, await _app.ListedAsync(Sample.ReferringClinician, Worklist.LettersOutstanding));
        }
    }

    [Fact]
    public async Task An_infected_file_found_after_submission_is_shown_on_the_referral_and_stays_blocked()
    {
        _app.Local.PauseScanner();
        using var upload = await _app.UploadAsync(Sample.ReferringClinician, AttachmentSteps.TestThreat);
        var id = (string)(await upload.JsonAsync())["id"]!;
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(id));
        _app.Local.ResumeScanner();
        await _app.DrainAsync();

        using var read = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}");
        using var open = await _app.GetAsync(Sample.ProviderClinician, $"/v1/attachments/{id}");

        Assert.Equal("THREATS_FOUND", (string)(await read.JsonAsync())["attachments"]!.AsArray().Single()!["status"]!);
        Assert.Equal(409, (int)open.StatusCode);
    }

    [Fact]
    public async Task A_download_states_the_type_and_name_of_the_file()
    {
        using var upload = await _app.UploadAsync(Sample.ReferringClinician, "Dear colleague"u8.ToArray(), "Br%C3%BCcke%20%22x%22.txt");
        var receipt = await upload.JsonAsync();
        await _app.DrainAsync();

        using var file = await _app.GetAsync(Sample.ReferringClinician, $"/v1/attachments/{receipt["id"]}");

        Assert.Equal((200, "text/plain", 14L), ((int)file.StatusCode, file.Content.Headers.ContentType!.ToString(), file.Content.Headers.ContentLength));
        Assert.Equal($"\"{receipt["sha256"]}\"", file.Headers.ETag!.ToString());
        Assert.Equal(["bytes"], file.Headers.AcceptRanges);
        Assert.Equal("private, no-store", string.Join(", ", file.Headers.GetValues("Cache-Control").Single().Split(", ").Order().Reverse()));
        Assert.Equal("nosniff", file.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal(
            "attachment; filename=\"Br_cke _x_.txt\"; filename*=UTF-8''Br%C3%BCcke%20%22x%22.txt",
            file.Content.Headers.NonValidated["Content-Disposition"].ToString());
    }

    [Fact]
    public async Task A_download_supports_byte_ranges()
    {
        var id = await _app.AvailableAsync(Sample.ReferringClinician, "0123456789");
        using var whole = await _app.GetAsync(Sample.ReferringClinician, $"/v1/attachments/{id}");
        var tag = whole.Headers.ETag!.ToString();
        (string Range, string? IfRange, string Expected)[] requests =
        [
            ("bytes=0-0", null, "206 bytes 0-0/10 0"),
            ("bytes=2-4", null, "206 bytes 2-4/10 234"),
            ("bytes=7-", null, "206 bytes 7-9/10 789"),
            ("bytes=8-99", null, "206 bytes 8-9/10 89"),
            ("bytes=-3", null, "206 bytes 7-9/10 789"),
            ("bytes=-99", null, "206 bytes 0-9/10 0123456789"),
            ("bytes=2-99999999999999999999999", null, "206 bytes 2-9/10 23456789"),
            ("bytes=10-", null, "416 bytes */10 -"),
            ("bytes=-0", null, "416 bytes */10 -"),
            ("bytes=5-2", null, "200 - 0123456789"),
            ("bytes=0-1,4-5", null, "200 - 0123456789"),
            ("bytes=a-b", null, "200 - 0123456789"),
            ("lines=1-2", null, "200 - 0123456789"),
            ("bytes=2-4", tag, "206 bytes 2-4/10 234"),
            ("bytes=2-4", $"W/{tag}", "200 - 0123456789"),
            ("bytes=2-4", "\"another\"", "200 - 0123456789"),
            ("bytes=2-4", "Sat, 29 Oct 2026 19:43:31 GMT", "200 - 0123456789"),
        ];

        foreach (var (range, ifRange, expected) in requests)
        {
            (string, string)[] headers = ifRange is null ? [("Range", range)] : [("Range", range), ("If-Range", ifRange)];
            using var part = await _app.GetAsync(Sample.ReferringClinician, $"/v1/attachments/{id}", headers);
            var body = (int)part.StatusCode == 416 ? "-" : await part.Content.ReadAsStringAsync();
            var contentRange = part.Content.Headers.TryGetValues("Content-Range", out var values) ? values.Single() : "-";
            Assert.Equal($"{range} {ifRange}: {expected}", $"{range} {ifRange}: {(int)part.StatusCode} {contentRange} {body}");
        }
    }

    [Fact]
    public async Task A_download_with_a_matching_entity_tag_returns_304()
    {
        var id = await _app.AvailableAsync(Sample.ReferringClinician);
        using var whole = await _app.GetAsync(Sample.ReferringClinician, $"/v1/attachments/{id}");
        var tag = whole.Headers.ETag!.ToString();

        foreach (var matching in new[] { tag, $"\"other\", {tag}", $"W/{tag}", "*" })
        {
            using var again = await _app.GetAsync(Sample.ReferringClinician, $"/v1/attachments/{id}", ("If-None-Match", matching));
            Assert.Equal((304, 0, tag), ((int)again.StatusCode, (await again.Content.ReadAsByteArrayAsync()).Length, again.Headers.ETag!.ToString()));
        }

        using var other = await _app.GetAsync(Sample.ReferringClinician, $"/v1/attachments/{id}", ("If-None-Match", "\"other\""));
        Assert.Equal(200, (int)other.StatusCode);
    }

    [Fact]
    public async Task A_file_without_a_referral_is_readable_by_its_uploader_only()
    {
        var id = await _app.AvailableAsync(Sample.ReferringClinician);

        Assert.Equal(
            (200, 200, 403, 403, 404, 404),
            (await OpenAsync(Sample.ReferringClinician, id), await OpenAsync(Sample.ReferringAdmin, id), await OpenAsync(Sample.ProviderClinician, id),
                await OpenAsync(Sample.ProviderClinician, $"{id}/status"), await OpenAsync(Sample.ReferringClinician, $"{Guid.NewGuid()}"),
                await OpenAsync(Sample.ReferringClinician, "att-1")));
    }

    [Fact]
    public async Task The_provider_reads_the_letter_before_and_after_it_accepts()
    {
        var id = await _app.AvailableAsync(Sample.ReferringClinician);
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(id));
        await _app.DrainAsync();

        Assert.Equal(200, await OpenAsync(Sample.ProviderClinician, id));
        Assert.DoesNotContain(ubrn, await _app.ListedAsync(Sample.ReferringClinician, Worklist.LettersOutstanding));
        using var accepted = await _app.PostAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}/accept", new JsonObject(), ("If-Match", "W/\"1\""));
        Assert.Equal(200, (int)accepted.StatusCode);
        using var read = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}");
        var letter = (await read.JsonAsync())["attachments"]!.AsArray().Single()!;
        Assert.Equal((id, "letter.txt", "AVAILABLE"), ((string)letter["id"]!, (string)letter["name"]!, (string)letter["status"]!));
        Assert.Equal(
            (200, 200, 403), (await OpenAsync(Sample.ProviderClinician, id), await OpenAsync(Sample.ReferringAdmin, id), await OpenAsync(Stranger, id)));
    }

    [Fact]
    public async Task A_letter_that_the_referrer_removed_is_no_longer_readable_by_the_provider()
    {
        var wrong = await _app.AvailableAsync(Sample.ReferringClinician);
        var right = await _app.AvailableAsync(Sample.ReferringClinician);
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(wrong));
        await _app.DrainAsync();
        Assert.Equal(200, await OpenAsync(Sample.ProviderClinician, wrong));

        using var corrected = await _app.CommandAsync(Sample.ReferringClinician, ubrn, "letters", new() { ["attachments"] = new JsonArray(right) }, 1);

        Assert.Equal(200, (int)corrected.StatusCode);
        Assert.Equal(
            (403, 403, 200, 200),
            (await OpenAsync(Sample.ProviderClinician, wrong), await OpenAsync(Sample.ProviderClinician, $"{wrong}/status"),
                await OpenAsync(Sample.ProviderClinician, right), await OpenAsync(Sample.ReferringClinician, wrong)));
    }

    [Fact]
    public async Task Every_attachment_that_cannot_be_used_is_named()
    {
        var foreign = await _app.UploadedAsync(Sample.ProviderClinician);
        var forAnother = await _app.UploadedAsync(Sample.ReferringClinician, headers: ("NHSD-eRS-Referral-ID", "000000000000"));
        var taken = await _app.UploadedAsync(Sample.ReferringClinician);
        await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(taken));
        await _app.DrainAsync();
        var mine = await _app.UploadedAsync(Sample.ReferringClinician);

        using var response = await _app.PostAsync(
            Sample.ReferringClinician, "/v1/referrals", AttachmentSteps.Naming(mine, foreign, forAnother, taken, $"{Guid.NewGuid()}"));
        using var twice = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", AttachmentSteps.Naming(mine, mine));

        Assert.Equal(
            [
                "/attachments/1 INAPPROPRIATE_VALUE", "/attachments/2 INAPPROPRIATE_VALUE", "/attachments/3 INAPPROPRIATE_VALUE",
                "/attachments/4 REFERENCE_NOT_FOUND"
            ],
            Problems.In(await response.ProblemAsync(422)));
        Assert.Equal(["/attachments/1 INVALID_VALUE"], Problems.In(await twice.ProblemAsync(422)));
    }

    [Fact]
    public async Task Of_two_concurrent_submissions_with_one_letter_one_gets_the_letter_and_the_other_reports_it()
    {
        var id = await _app.AvailableAsync(Sample.ReferringClinician);
        await _app.Local.PauseTriggersAsync();
        var ubrns = await Task.WhenAll(
            _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(id)), _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(id)));
        _app.Local.ResumeTriggers();
        await _app.DrainAsync();

        var both = await Task.WhenAll(ubrns.Select(ReadAsync));
        var with = Assert.Single(both, referral => referral["attachments"]!.AsArray().Count == 1);
        var without = Assert.Single(both, referral => referral["attachments"]!.AsArray().Count == 0);
        Assert.Contains(id, (string)without["problems"]!.AsArray().Single()!["text"]!, StringComparison.Ordinal);
        Assert.False(with.ContainsKey("problems"));
        var outstanding = await _app.ListedAsync(Sample.ReferringClinician, Worklist.LettersOutstanding);
        Assert.Equal((true, false), (outstanding.Contains((string)without["ubrn"]!), outstanding.Contains((string)with["ubrn"]!)));
        var forReview = await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview);
        Assert.All(ubrns, ubrn => Assert.Single(forReview, ubrn));
    }

    private async Task<int> SizedAsync(int size)
    {
        var bytes = new byte[size];
        Array.Fill(bytes, (byte)'a');
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        using var request = await _app.RequestAsync(Sample.ReferringClinician, HttpMethod.Post, "/v1/attachments", content);
        request.Headers.Add("NHSD-eRS-File-Name", "letter.txt");
        using var response = await _app.Http.SendAsync(request);
        return (int)response.StatusCode;
    }

    private async Task<int> OpenAsync(Actor actor, string idAndTail)
    {
        using var response = await _app.GetAsync(actor, $"/v1/attachments/{idAndTail}");
        return (int)response.StatusCode;
    }

    private async Task<JsonObject> StatusAsync(string id)
    {
        using var response = await _app.GetAsync(Sample.ReferringClinician, $"/v1/attachments/{id}/status");
        return await response.JsonAsync();
    }

    private async Task<JsonObject> ReadAsync(string ubrn)
    {
        using var response = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}");
        return await response.JsonAsync();
    }

    private async Task<string> ThreatAsync()
    {
        using var upload = await _app.UploadAsync(Sample.ReferringClinician, AttachmentSteps.TestThreat);
        return (string)(await upload.JsonAsync())["id"]!;
    }
}
