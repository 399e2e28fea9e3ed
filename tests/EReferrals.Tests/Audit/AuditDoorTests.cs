using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using EReferrals.Attachments;
using EReferrals.Audit.Contents;
using EReferrals.Intake;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Tests.Ers;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Slots;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Audit;

/// <summary>What the audit trail records of each door through which a referral can be seen.</summary>
[Collection(Journey.Name)]
public sealed class AuditDoorTests(SharedApp shared)
{
    private const string List = "/v1/worklists/REFERRALS_FOR_REVIEW";

    private readonly RunningApp _app = shared.App;

    private static Actor Colleague => Sample.ReferringClinician with { User = "021600556999" };

    [Fact]
    public async Task Every_answer_that_shows_referrals_records_the_digest_of_each_with_version_filters_and_count()
    {
        using var before = await _app.GetAsync(Sample.ProviderClinician, $"{List}?limit=1");
        var since = (await before.JsonAsync())["changes"];
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.SettleAsync();
        (string What, string Path, string? Filters)[] doors =
        [
            ("WORKLIST_READ", $"{List}?priority=URGENT&service=50001&limit=1000", "service=50001 priority=URGENT"),
            ("CHANGES_READ", $"{List}/changes?since={since}&limit=1000", null),
            ("WORKLIST_PRINTED", $"{List}/print", null),
            ("WORKLIST_EXPORTED", $"{List}/export.csv?priority=URGENT", "priority=URGENT"),
        ];

        foreach (var (what, path, filters) in doors)
        {
            var correlation = Guid.NewGuid().ToString();
            using var response = await _app.GetAsync(Sample.ProviderClinician, path, ("X-Correlation-ID", correlation));

            Assert.Equal((path, 200), (path, (int)response.StatusCode));
            var entry = Assert.Single(await TrailAsync(correlation), entry => (string?)entry["what"] == what);
            Assert.Equal((what, filters), (what, (string?)entry["filters"]));
            Assert.NotNull(entry["version"]);
            AssertShows(entry, ubrn);
        }
    }

    [Fact]
    public async Task A_list_of_the_e_RS_API_records_what_it_shows_for_every_reader_although_it_is_rendered_once()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.SettleAsync();
        for (var read = 1; read <= 3; read++)
        {
            var correlation = Guid.NewGuid().ToString();
            using var response = await _app.FetchListAsync(
                Sample.ProviderClinician, ErsSteps.ListRequest("REFERRALS_FOR_REVIEW"), ("X-Correlation-ID", correlation));

            Assert.Equal(200, (int)response.StatusCode);
            AssertShows(Assert.Single(await TrailAsync(correlation)), ubrn);
        }
    }

    [Fact]
    public async Task An_attachment_records_the_referral_that_it_belongs_to()
    {
        var letter = await _app.AvailableAsync(Sample.ReferringClinician);
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(letter));
        await _app.DrainAsync();
        foreach (var path in new[] { $"/v1/attachments/{letter}", $"{ErsSteps.Stu3}Binary/{letter}" })
        {
            var correlation = Guid.NewGuid().ToString();
            using var response = await _app.GetAsync(Sample.ProviderClinician, path, ("X-Correlation-ID", correlation));

            var entry = Assert.Single(await TrailAsync(correlation));
            Assert.Equal(("ATTACHMENT_READ", letter, ubrn), ((string?)entry["what"], (string?)entry["attachment"], (string?)entry["ubrn"]));
        }
    }

    [Theory]
    [InlineData("/v1/attachments", 403)]
    [InlineData(ErsSteps.Stu3 + "Binary", 422)]
    public async Task A_stranger_uploads_no_file_for_a_referral_and_its_attempt_is_recorded(string path, int status)
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        var (stranger, correlation) = (Sample.ReferringClinician with { Organisation = "RCX" }, Guid.NewGuid().ToString());
        using var content = new StringContent("Dear colleague", Encoding.UTF8, "text/plain");

        using var refused = await _app.SendAsync(
            stranger, HttpMethod.Post, path, content,
            ("NHSD-eRS-File-Name", "letter.txt"), ("NHSD-eRS-Referral-ID", ubrn), ("X-Correlation-ID", correlation));

        Assert.Equal(status, (int)refused.StatusCode);
        Assert.Equal("REFUSED", (string?)Assert.Single(await TrailAsync(correlation))["what"]);
    }

    [Fact]
    public async Task A_file_for_a_number_whose_submission_still_waits_can_be_uploaded()
    {
        var ubrn = await _app.Services.GetRequiredService<UbrnAllocator>().TakeAsync(default);

        Assert.NotEmpty(await _app.UploadAsync(Sample.ReferringClinician, ubrn.ToString()));
    }

    [Fact]
    public async Task A_read_of_a_file_that_names_a_referral_records_it_only_when_the_uploader_has_or_had_the_referral()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        var stranger = Sample.ReferringClinician with { Organisation = "RCX" };
        foreach (var (reader, expected) in new[] { (stranger, (string?)null), (Sample.ReferringClinician, ubrn), (Sample.ProviderClinician, ubrn) })
        {
            // As stored while the number had no referral.
            var id = AttachmentId.New();
            await _app.Services.GetRequiredService<AttachmentIntake>().KeepAsync(
                id, "letter.txt", "text/plain", "Dear colleague"u8.ToArray(), Ubrn.Parse(ubrn), reader, default);
            await _app.DrainAsync();
            foreach (var path in new[] { $"/v1/attachments/{id}", $"{ErsSteps.Stu3}Binary/{id}" })
            {
                var correlation = Guid.NewGuid().ToString();
                using var read = await _app.GetAsync(reader, path, ("X-Correlation-ID", correlation));

                Assert.Equal(200, (int)read.StatusCode);
                var entry = Assert.Single(await TrailAsync(correlation));
                Assert.Equal(("ATTACHMENT_READ", id, expected), ((string?)entry["what"], (string?)entry["attachment"], (string?)entry["ubrn"]));
            }
        }
    }

    [Fact]
    public async Task The_slots_of_a_service_record_the_referrals_that_have_them()
    {
        const string provider = "RQ7";
        var service = await _app.ServiceAsync(provider);
        var slot = (string)(await _app.PublishAsync(provider, service, SlotSteps.Slot("audited"))).Single()["id"]!;
        var ubrn = await _app.ShortlistedAsync(Sample.ReferringClinician, service);
        Assert.Equal(200, await _app.ChangeAsync(Sample.ReferringClinician, ubrn, "book", new JsonObject { ["slot"] = slot }, 3));
        var correlation = Guid.NewGuid().ToString();

        using var response = await _app.GetAsync(SlotSteps.Admin(provider), $"/v1/services/{service}/slots", ("X-Correlation-ID", correlation));

        var entry = Assert.Single(await TrailAsync(correlation));
        Assert.Equal(("SLOTS_READ", service), ((string?)entry["what"], (string?)entry["service"]));
        AssertShows(entry, ubrn);
    }

    [Theory]
    [InlineData("A011")]
    [InlineData("A013")]
    [InlineData("A016")]
    [InlineData("cancel")]
    [InlineData("reconcile")]
    public async Task A_user_who_repeats_the_request_of_another_and_is_shown_the_referral_is_recorded(string operation)
    {
        var repeat = await SendOnceAsync(operation);
        var correlation = Guid.NewGuid().ToString();

        using var shown = await repeat(("X-Correlation-ID", correlation));

        Assert.True(shown.IsSuccessStatusCode, await shown.Content.ReadAsStringAsync());
        var (answer, entry) = (await shown.Content.ReadAsStringAsync(), Assert.Single(await TrailAsync(correlation)));
        Assert.Equal("REFERRAL_READ", (string?)entry["what"]);
        Assert.NotEqual(Sample.ReferringClinician.User, (string?)entry["user"]);
        Assert.NotNull(entry["version"]);
        Assert.Contains((string)entry["ubrn"]!, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_who_repeats_the_submission_or_the_upload_of_another_is_shown_nothing_of_the_referral()
    {
        var (key, letter) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        var submission = JourneySteps.Submission(key: key);
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, submission, key);
        await _app.DrainAsync();

        using var again = await _app.PostAsync(Colleague, "/v1/referrals", submission.DeepClone(), ("Idempotency-Key", key));
        using var first = await UploadAsync(Sample.ReferringClinician, "/v1/attachments", letter);
        using var second = await UploadAsync(Colleague, "/v1/attachments", letter);
        var (binary, file) = (ErsSteps.Stu3 + "Binary", Guid.NewGuid().ToString());
        using var taken = await UploadAsync(Sample.ReferringClinician, binary, file);
        using var known = await UploadAsync(Colleague, binary, file);

        Assert.Equal(202, (int)again.StatusCode);
        var accepted = await again.JsonAsync();
        Assert.Equal((ubrn, "QUEUED"), ((string?)accepted["ubrn"], (string?)accepted["state"]));
        Assert.Equal(["ubrn", "state", "links"], accepted.Select(member => member.Key));
        var receipt = await second.JsonAsync();
        Assert.Equal((string?)(await first.JsonAsync())["id"], (string?)receipt["id"]);
        Assert.Equal(["id", "name", "contentType", "size", "sha256", "status"], receipt.Select(member => member.Key));
        Assert.Equal((201, taken.Headers.Location, ""), ((int)known.StatusCode, known.Headers.Location, await known.Content.ReadAsStringAsync()));
    }

    private async Task<HttpResponseMessage> UploadAsync(Actor actor, string path, string key)
    {
        using var file = new StringContent("one letter", Encoding.UTF8, "text/plain");
        return await _app.SendAsync(actor, HttpMethod.Post, path, file, ("NHSD-eRS-File-Name", "letter.txt"), ("Idempotency-Key", key));
    }

    // Sends the request as one user, and returns how another user of the organisation sends it again.
    private async Task<Func<(string, string), Task<HttpResponseMessage>>> SendOnceAsync(string operation)
    {
        (string, string)[] headers = [("Idempotency-Key", Guid.NewGuid().ToString())];
        var (first, other) = operation == "reconcile"
            ? (Sample.ProviderClinician, ErsSteps.ProviderAdmin)
            : (Sample.ReferringClinician, Colleague);
        var (path, body) = operation switch
        {
            "A011" => (ErsSteps.Stu3 + "ReferralRequest/$ers.createReferral", ErsSteps.Creation("11000")),
            "A013" => ($"{ErsSteps.Stu3}ReferralRequest/{await _app.SentAsync("11000")}/$ers.cancelReferral", ErsSteps.Cancellation("RAISED_IN_ERROR")),
            "A016" => (ErsSteps.Stu3 + "Appointment", BookingSteps.Proposal(await _app.CreatedAsync("50001"), "50001", "TRIAGE")),
            "cancel" => ($"/v1/referrals/{await _app.SentAsync("11000")}/cancel", new JsonObject { ["reason"] = "PATIENT_DIED" }),
            _ => ("/v1/contingency/reconcile", await PaperAsync()),
        };
        if (operation is "A013" or "cancel") headers = [.. headers, ("If-Match", "W/\"1\"")];
        using var done = await SendAsync(first, []);
        Assert.True(done.IsSuccessStatusCode, await done.Content.ReadAsStringAsync());
        return correlation => SendAsync(other, [correlation]);

        Task<HttpResponseMessage> SendAsync(Actor actor, (string, string)[] more) => path.StartsWith("/v1/", StringComparison.Ordinal)
            ? _app.PostAsync(actor, path, body, [.. headers, .. more])
            : _app.FhirAsync(actor, HttpMethod.Post, path, body, [.. headers, .. more]);
    }

    private async Task<JsonObject> PaperAsync()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        var at = DateTimeOffset.UtcNow.AddHours(-1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return new() { ["entries"] = new JsonArray(new JsonObject { ["ubrn"] = ubrn, ["action"] = "ACCEPT", ["at"] = at, ["by"] = "921600556514" }) };
    }

    [Fact]
    public async Task A_page_records_where_it_begins_without_the_number_of_a_patient()
    {
        await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.SettleAsync();
        using var first = await _app.GetAsync(Sample.ProviderClinician, $"{List}?limit=1");
        var page = await first.JsonAsync();
        var correlation = Guid.NewGuid().ToString();

        using var second = await _app.GetAsync(Sample.ProviderClinician, $"{List}?limit=1&cursor={page["next"]}", ("X-Correlation-ID", correlation));

        var entry = Assert.Single(await TrailAsync(correlation));
        Assert.Matches("^1 after [0-9]{18}$", (string)entry["range"]!);
        Assert.DoesNotContain((string)page["entries"]![0]!["ubrn"]!, entry.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mode_and_a_message_record_the_old_and_the_new_value()
    {
        var correlation = Guid.NewGuid().ToString();
        var off = new JsonObject { ["readOnly"] = false, ["uploads"] = false, ["booking"] = true, ["reason"] = "The scanner fails." };
        var on = new JsonObject { ["readOnly"] = false, ["uploads"] = true, ["booking"] = true };
        foreach (var mode in new[] { off, on })
        {
            using var changed = await _app.SendAsync(Sample.Operator, HttpMethod.Put, "/v1/operations/mode", mode, ("X-Correlation-ID", correlation));
            Assert.Equal(200, (int)changed.StatusCode);
        }

        var message = new JsonObject { ["text"] = "Slow today" };
        using var posted = await _app.PostAsync(Sample.Operator, "/v1/operations/messages", message, ("X-Correlation-ID", correlation));
        var id = (await posted.JsonAsync())["id"];
        using var deleted = await _app.SendAsync(
            Sample.Operator, HttpMethod.Delete, $"/v1/operations/messages/{id}", body: null, ("X-Correlation-ID", correlation));

        Assert.Equal(
            [
                "MODE_CHANGED: read-only off, uploads on, booking on > read-only off, uploads off, booking on, reason: The scanner fails.",
                "MODE_CHANGED: read-only off, uploads off, booking on, reason: The scanner fails. > read-only off, uploads on, booking on",
                "MESSAGE_CHANGED:  > Slow today",
                "MESSAGE_CHANGED: Slow today > ",
            ],
            (await TrailAsync(correlation)).Select(entry => $"{entry["what"]}: {entry["before"]} > {entry["after"]}"));
    }

    private void AssertShows(JsonObject entry, string ubrn)
    {
        var shown = entry["shown"]!;
        var key = _app.Services.GetRequiredService<DigestKeys>().Current;
        var record = new ShownReferrals((int)shown["count"]!, (string)shown["key"]!, (string)shown["digests"]!);
        Assert.Equal((key.Id, record.Count * UbrnDigest.Length), (record.Key, record.Digests.Length));
        Assert.True(record.Has(UbrnDigest.Of(Ubrn.Parse(ubrn), key)), $"{entry["what"]} does not record {ubrn}.");
        Assert.DoesNotContain(ubrn, entry.ToJsonString(), StringComparison.Ordinal);
    }

    private Task<IReadOnlyList<JsonObject>> TrailAsync(string correlation) => _app.TrailAsync(correlation);
}
