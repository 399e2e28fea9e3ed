using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text;
using System.Web;
using EReferrals.Attachments.Files;
using EReferrals.Audit.Contents;
using EReferrals.Contingency.Packs;
using EReferrals.Contingency.Printing;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Journeys;

public class ContingencyTests(ClockedApp clocked) : IClassFixture<ClockedApp>
{
    private static readonly Actor ProviderAdmin = new("000000000101", Sample.Provider, Role.ServiceProviderAdmin);

    private readonly RunningApp _app = clocked.App;

    [Fact]
    public async Task A_list_is_printed_with_referral_sheets_for_roles_that_may_read_referrals()
    {
        var ubrn = await ReferredAsync("O'Brien <b>Zoë</b>");
        using var list = await _app.GetAsync(ProviderAdmin, "/v1/worklists/REFERRALS_FOR_REVIEW/print");
        using var sheets = await _app.GetAsync(Sample.ProviderClinician, "/v1/worklists/REFERRALS_FOR_REVIEW/print?sheets=true&service=51002");
        using var refused = await _app.GetAsync(ProviderAdmin, "/v1/worklists/REFERRALS_FOR_REVIEW/print?sheets=true");

        var page = await sheets.Content.ReadAsStringAsync();
        Assert.Equal((200, 200, 403), ((int)list.StatusCode, (int)sheets.StatusCode, (int)refused.StatusCode));
        Assert.Contains(Spaced(ubrn), await list.Content.ReadAsStringAsync());
        Assert.DoesNotContain("Chest pain", await list.Content.ReadAsStringAsync());
        Assert.Contains("Chest pain on exertion", page);
        Assert.Contains("<svg class=\"bars\"", page);
        // Text that people wrote is escaped and never markup. The page runs no script and loads nothing.
        Assert.Contains("O&#x27;Brien &lt;b&gt;Zoë&lt;/b&gt;", page);
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", sheets.Headers.GetValues("Content-Security-Policy").Single());
    }

    [Fact]
    public async Task The_sheets_in_print_and_pack_of_a_hospital_that_a_referral_was_redirected_away_from_have_nothing_that_came_later()
    {
        const string later = "Only for the next hospital";
        var ubrn = await ReferredAsync("Redirected");
        var letter = await _app.UploadAsync(Sample.ReferringClinician, ubrn);
        await clocked.FifteenSecondsLaterAsync();
        var next = Sample.ProviderClinician with { Organisation = "RCD" };
        // So that the lists of the first hospital still have the referral.
        await _app.Local.PauseTriggersAsync();
        foreach (var (version, actor, command, body) in new (int, Actor, string, JsonObject)[]
        {
            (1, Sample.ProviderClinician, "return", new() { ["comments"] = "Said by the first hospital" }),
            (2, Sample.ReferringClinician, "redirect", new() { ["service"] = "60001", ["reason"] = later }),
            (3, Sample.ReferringClinician, "letters", new() { ["attachments"] = new JsonArray(letter) }),
            (4, next, "accept", new() { ["comments"] = later }),
        })
        {
            using var changed = await _app.CommandAsync(actor, ubrn, command, body, version);
            Assert.True((int)changed.StatusCode == 200, $"{command}: {await changed.Content.ReadAsStringAsync()}");
        }

        using var print = await _app.GetAsync(Sample.ProviderClinician, "/v1/worklists/REFERRALS_FOR_REVIEW/print?sheets=true&service=51002");
        await _app.Services.GetRequiredService<PackBuilder>().BuildAllAsync(CancellationToken.None);
        using var pack = await _app.GetAsync(Sample.ProviderClinician, "/v1/contingency");
        var files = (await FilesAsync(pack)).ToDictionary(file => file.Key, file => Encoding.UTF8.GetString(file.Value));
        _app.Local.ResumeTriggers();
        await _app.DrainAsync();

        var printed = await print.Content.ReadAsStringAsync();
        Assert.Equal((200, 200), ((int)print.StatusCode, (int)pack.StatusCode));
        foreach (var sheet in new[] { printed, files[$"sheets/{ubrn}.html"] })
        {
            Assert.Contains("Said by the first hospital", sheet, StringComparison.Ordinal);
        }

        foreach (var text in files.Values.Append(printed))
        {
            Assert.DoesNotContain(later, text, StringComparison.Ordinal);
            Assert.DoesNotContain(letter, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Lists_of_the_other_side_can_be_neither_printed_nor_exported()
    {
        using var print = await _app.GetAsync(Sample.ReferringClinician, "/v1/worklists/REFERRALS_FOR_REVIEW/print");
        using var csv = await _app.GetAsync(Sample.ReferringClinician, "/v1/worklists/REFERRALS_FOR_REVIEW/export.csv");
        using var reconcile = await _app.PostAsync(Sample.ReferringClinician, "/v1/contingency/reconcile", new JsonObject());

        Assert.Equal((403, 403, 403), ((int)print.StatusCode, (int)csv.StatusCode, (int)reconcile.StatusCode));
    }

    [Fact]
    public async Task A_hostile_name_is_exported_to_CSV_as_text()
    {
        await ReferredAsync("=HYPERLINK(\"http://evil\")");

        using var csv = await _app.GetAsync(Sample.ProviderClinician, "/v1/worklists/REFERRALS_FOR_REVIEW/export.csv?service=51002");

        Assert.Contains("\"'=HYPERLINK(\"\"http://evil\"\"), Ann\"", await csv.Content.ReadAsStringAsync());
        Assert.Equal("R69-REFERRALS_FOR_REVIEW.csv", csv.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
    }

    [Fact]
    public async Task A_pack_is_sandboxed_and_not_for_other_sites()
    {
        await ReferredAsync("Packed");
        await BuildPacksAsync();

        using var pack = await _app.GetAsync(Sample.ProviderClinician, "/v1/contingency");

        Assert.Equal(
            ("sandbox", "same-origin"),
            (pack.Headers.GetValues("Content-Security-Policy").Single(), pack.Headers.GetValues("Cross-Origin-Resource-Policy").Single()));
    }

    [Fact]
    public async Task A_pack_contains_every_list_every_sheet_and_correct_checksums()
    {
        var ubrn = await ReferredAsync("Packed");
        await BuildPacksAsync();

        using var response = await _app.GetAsync(Sample.ProviderClinician, "/v1/contingency");

        Assert.Equal((200, "application/zip"), ((int)response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        var files = await FilesAsync(response);
        Assert.Contains(ubrn, Encoding.UTF8.GetString(files["lists/REFERRALS_FOR_REVIEW.csv"]));
        Assert.Contains($"href=\"../sheets/{ubrn}.html\"", Encoding.UTF8.GetString(files["lists/REFERRALS_FOR_REVIEW.html"]));
        var sheet = Encoding.UTF8.GetString(files[$"sheets/{ubrn}.html"]);
        Assert.All(
            ["Packed, Ann", DisplayText.Format(NhsNumber.Parse(InventedPatient.NhsNumber("Packed"))), "Chest pain on exertion", Spaced(ubrn), "letter.pdf"],
            text => Assert.Contains(text, sheet));
        Assert.Contains(ubrn, Encoding.UTF8.GetString(files["attachments.csv"]));
        Assert.Contains("Generated at", Encoding.UTF8.GetString(files["README.txt"]));
        var sums = Encoding.UTF8.GetString(files["SHA256SUMS"]).TrimEnd('\n').Split('\n').ToDictionary(line => line[66..], line => line[..64]);
        Assert.Equal(files.Keys.Where(name => name != "SHA256SUMS").Order(), sums.Keys.Order());
        Assert.All(sums, sum => Assert.Equal(sum.Value, Convert.ToHexStringLower(SHA256.HashData(files[sum.Key]))));
    }

    [Fact]
    public async Task Each_side_has_its_own_pack()
    {
        await ReferredAsync("Sided");
        await BuildPacksAsync();

        using var referrer = await _app.GetAsync(Sample.ReferringClinician, "/v1/contingency");
        using var nobody = await _app.GetAsync(Sample.ProviderClinician with { Organisation = "ZZ9" }, "/v1/contingency");

        Assert.All(
            (await FilesAsync(referrer)).Keys.Where(name => name.StartsWith("lists/", StringComparison.Ordinal)),
            name => Assert.DoesNotContain("FOR_REVIEW", name));
        Assert.Equal(404, (int)nobody.StatusCode);
    }

    [Fact]
    public async Task A_pack_is_rebuilt_only_after_a_change()
    {
        // Follow-ups of commands in other tests arrive half a minute later and change lists once more.
        for (var i = 0; i < 3; i++) await clocked.FifteenSecondsLaterAsync();
        await ReferredAsync("First");
        await BuildPacksAsync();
        using var first = await _app.GetAsync(Sample.ReferringClinician, "/v1/contingency");
        await BuildPacksAsync();
        using var same = await _app.GetAsync(Sample.ReferringClinician, "/v1/contingency", ("If-None-Match", first.Headers.ETag!.ToString()));
        await ReferredAsync("Second");
        await BuildPacksAsync();
        using var next = await _app.GetAsync(Sample.ReferringClinician, "/v1/contingency", ("If-None-Match", first.Headers.ETag.ToString()));

        Assert.Equal((200, 304, 200), ((int)first.StatusCode, (int)same.StatusCode, (int)next.StatusCode));
    }

    [Fact]
    public async Task Each_format_of_a_pack_has_its_own_entity_tag_and_varies_on_Accept()
    {
        await ReferredAsync("Formed");
        await BuildPacksAsync();
        var forms = new[] { "application/zip", "application/json" };
        var tags = new List<string>();
        foreach (var form in forms)
        {
            using var answer = await _app.GetAsync(Sample.ProviderClinician, "/v1/contingency", ("Accept", $"{form}, */*;q=0.1"));
            Assert.Equal((200, form), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
            Assert.Contains("Accept", answer.Headers.Vary);
            tags.Add(answer.Headers.ETag!.ToString());
        }

        using var other = await _app.GetAsync(Sample.ProviderClinician, "/v1/contingency", ("Accept", forms[1]), ("If-None-Match", tags[0]));
        using var same = await _app.GetAsync(Sample.ProviderClinician, "/v1/contingency", ("Accept", forms[1]), ("If-None-Match", tags[1]));
        using var none = await _app.GetAsync(Sample.ProviderClinician, "/v1/contingency", ("Accept", "text/html"));

        Assert.Equal(2, tags.Distinct().Count());
        Assert.Equal((200, 304), ((int)other.StatusCode, (int)same.StatusCode));
        Assert.Contains("Accept", same.Headers.Vary);
        Assert.Equal(["Accept INVALID_VALUE"], Problems.In(await none.ProblemAsync(406)));
    }

    [Fact]
    public async Task Packs_built_twice_concurrently_are_complete()
    {
        var ubrn = await ReferredAsync("Twice");
        await clocked.FifteenSecondsLaterAsync();
        var builder = _app.Services.GetRequiredService<PackBuilder>();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => builder.BuildAllAsync(CancellationToken.None)));

        using var response = await _app.GetAsync(Sample.ProviderClinician, "/v1/contingency");
        Assert.Contains($"sheets/{ubrn}.html", (await FilesAsync(response)).Keys);
    }

    [Fact]
    public async Task A_pack_that_is_replaced_during_a_download_is_delivered_whole()
    {
        var name = new PackName("RX1", PackSide.Provider);
        var replaced = 0;
        await ReplaceAsync();

        var fetches = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => FetchTimesAsync(25)));
        while (!fetches.IsCompleted) await ReplaceAsync();

        // The tag is not compared: the emulator takes it from the blob at the start of the response, but the content from the blob before.
        Assert.All((await fetches).SelectMany(fetched => fetched), fetched =>
        {
            Assert.Equal(200, fetched.Status);
            Assert.Matches("^pack [0-9]{6}$", fetched.Content);
        });

        Task ReplaceAsync() => this.ReplaceAsync(name, $"pack {replaced++:D6}");

        async Task<List<(int Status, string Content)>> FetchTimesAsync(int times)
        {
            var fetched = new List<(int, string)>();
            while (fetched.Count < times)
            {
                using var response = await _app.GetAsync(Sample.ProviderClinician with { Organisation = name.Organisation }, "/v1/contingency");
                fetched.Add(((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
            }

            return fetched;
        }
    }

    [Fact]
    public async Task The_signed_link_reads_the_pack_without_a_token_and_cannot_write()
    {
        await ReferredAsync("Linked");
        await BuildPacksAsync();
        using var about = await _app.GetAsync(Sample.ProviderClinician, "/v1/contingency", ("Accept", "application/json"));
        var links = (await about.JsonAsync())["links"]!;
        var pack = new Uri(links["pack"]!.GetValue<string>());
        using var plain = new HttpClient();

        using var read = await plain.GetAsync(pack);
        using var content = new ByteArrayContent([1]) { Headers = { { "x-ms-blob-type", "BlockBlob" } } };
        using var written = await plain.PutAsync(pack, content);

        Assert.Contains("README.txt", (await FilesAsync(read)).Keys);
        Assert.Equal(403, (int)written.StatusCode);
        Assert.InRange(links["expires"]!.GetValue<DateTimeOffset>() - clocked.Clock.GetUtcNow(), TimeSpan.FromHours(71), TimeSpan.FromHours(73));
    }

    [Fact]
    public async Task A_link_reads_one_generation_of_a_pack()
    {
        var (hospital, first) = (new PackName("RX2", PackSide.Provider), "the first pack");
        await ReplaceAsync(hospital, first);
        var link = await LinkAsync(Sample.ProviderClinician with { Organisation = hospital.Organisation });
        await ReplaceAsync(hospital, "the second pack");
        using var plain = new HttpClient();

        Assert.Equal(first, await plain.GetStringAsync(link));
    }

    [Fact]
    public async Task An_operator_ends_the_links_of_one_organisation_and_no_others()
    {
        var (one, other) = (new PackName("RX3", PackSide.Provider), new PackName("RX4", PackSide.Provider));
        foreach (var name in new[] { one, other }) await ReplaceAsync(name, "a pack");
        var reader = Sample.ProviderClinician with { Organisation = one.Organisation };
        var (ended, kept) = (await LinkAsync(reader), await LinkAsync(Sample.ProviderClinician with { Organisation = other.Organisation }));
        using var plain = new HttpClient();

        using var end = await _app.SendAsync(Sample.Operator, HttpMethod.Delete, $"/v1/operations/pack-links/{one.Organisation}");
        using var afterwards = await plain.GetAsync(ended);
        using var others = await plain.GetAsync(kept);
        using var next = await plain.GetAsync(await LinkAsync(reader));

        Assert.Equal(1, (await end.JsonAsync())["ended"]!.GetValue<int>());
        Assert.Equal((404, 200, 200), ((int)afterwards.StatusCode, (int)others.StatusCode, (int)next.StatusCode));
    }

    [Fact]
    public async Task The_issue_of_a_link_is_audited_with_the_generation_that_it_reads()
    {
        var name = new PackName("RX5", PackSide.Provider);
        await ReplaceAsync(name, "a pack");

        var correlation = Guid.NewGuid().ToString();
        var link = await LinkAsync(Sample.ProviderClinician with { Organisation = name.Organisation }, correlation);

        var issued = Assert.Single(
            await _app.TrailAsync(correlation), entry => (string?)entry["what"] == "PACK_LINKED");
        Assert.Equal($"{name}@{HttpUtility.ParseQueryString(link.Query)["snapshot"]}", (string?)issued["link"]);
    }

    [Fact]
    public async Task A_pack_that_is_read_and_one_that_is_linked_record_each_referral_in_them()
    {
        var ubrn = Ubrn.Parse(await ReferredAsync("Recorded"));
        await BuildPacksAsync();
        var key = _app.Services.GetRequiredService<DigestKeys>().Current;
        foreach (var (form, what) in new[] { ("application/zip", "PACK_READ"), ("application/json", "PACK_LINKED") })
        {
            var correlation = Guid.NewGuid().ToString();
            using var read = await _app.GetAsync(Sample.ProviderClinician, "/v1/contingency", ("Accept", form), ("X-Correlation-ID", correlation));

            Assert.Equal(200, (int)read.StatusCode);
            var entry = Assert.Single(await _app.TrailAsync(correlation), entry => (string?)entry["what"] == what);
            var shown = new ShownReferrals((int)entry["shown"]!["count"]!, key.Id, (string)entry["shown"]!["digests"]!);
            Assert.True(shown.Has(UbrnDigest.Of(ubrn, key)), what);
        }
    }

    [Fact]
    public async Task A_paper_report_is_applied_once_and_a_repeat_is_recognised()
    {
        var (one, two) = (await ReferredAsync("Paper"), await ReferredAsync("Pen"));
        var report = Report(
            Entry(Spaced(one), "ACCEPT", comments: "Seen on paper"),
            Entry(two, "RETURN", comments: "Statins first"),
            Entry("999999999999", "ACCEPT"));

        using var first = await _app.PostAsync(Sample.ProviderClinician, "/v1/contingency/reconcile", report);
        using var again = await _app.PostAsync(Sample.ProviderClinician, "/v1/contingency/reconcile", report.DeepClone());

        Assert.Equal(["APPLIED", "APPLIED", "CONFLICT"], Outcomes(await first.JsonAsync()));
        Assert.Equal(["ALREADY_KNOWN", "ALREADY_KNOWN", "CONFLICT"], Outcomes(await again.JsonAsync()));
        using var history = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{one}/history");
        var versions = (await history.JsonAsync())["versions"]!.AsArray();
        Assert.Equal(2, versions.Count);
        var onPaper = versions[1]!["onPaper"]!;
        Assert.Equal(("921600556514", At), (onPaper["by"]!.GetValue<string>(), onPaper["at"]!.GetValue<DateTimeOffset>()));
        Assert.Equal("103264994981", versions[1]!["by"]!["user"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_paper_act_that_was_done_meanwhile_is_recognised_or_reported_as_a_conflict_with_its_reason()
    {
        var (accepted, returned) = (await ReferredAsync("Online"), await ReferredAsync("Elsewhere"));
        await CommandAsync(accepted, "accept", new JsonObject());
        await CommandAsync(returned, "return", new JsonObject { ["comments"] = "No" });

        using var response = await _app.PostAsync(
            Sample.ProviderClinician, "/v1/contingency/reconcile", Report(Entry(accepted, "ACCEPT"), Entry(returned, "ACCEPT")));

        var answer = await response.JsonAsync();
        Assert.Equal(["ALREADY_KNOWN", "CONFLICT"], Outcomes(answer));
        var conflict = answer["entries"]![1]!;
        Assert.Equal(
            ("TRIAGE_RESPONSE", "INVALID_REQUEST_STATE"), (conflict["state"]!.GetValue<string>(), conflict["errors"]![0]!["code"]!.GetValue<string>()));
        Assert.Contains("TRIAGE_RESPONSE", conflict["errors"]![0]!["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task Paper_acts_on_one_referral_are_applied_in_the_order_in_which_they_were_done()
    {
        var ubrn = await ReferredAsync("Ordered");
        var start = DateTimeOffset.UtcNow.AddDays(20);
        var booking = Entry(ubrn, "BOOK", minutesLater: 30);
        (booking["start"], booking["end"]) = (Iso(start), Iso(start.AddMinutes(20)));

        using var response = await _app.PostAsync(Sample.ProviderClinician, "/v1/contingency/reconcile", Report(booking, Entry(ubrn, "ACCEPT")));

        Assert.Equal(["APPLIED", "APPLIED"], Outcomes(await response.JsonAsync()));
        using var read = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}");
        Assert.Equal("BOOKED", (await read.JsonAsync())["state"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_caller_without_access_learns_nothing_about_the_referral_from_a_paper_report()
    {
        var ubrn = await ReferredAsync("Private");
        using var stranger = await _app.PostAsync(
            Sample.ProviderClinician with { Organisation = "RCD" }, "/v1/contingency/reconcile", Report(Entry(ubrn, "ACCEPT")));
        using var admin = await _app.PostAsync(ProviderAdmin, "/v1/contingency/reconcile", Report(Entry(ubrn, "ACCEPT")));

        foreach (var (response, code) in new[] { (stranger, "NO_RELATIONSHIP"), (admin, "FORBIDDEN") })
        {
            var entry = (await response.JsonAsync())["entries"]![0]!.AsObject();
            Assert.Equal(
                ("CONFLICT", code, false),
                (entry["outcome"]!.GetValue<string>(), entry["errors"]![0]!["code"]!.GetValue<string>(), entry.ContainsKey("state")));
        }
    }

    [Fact]
    public async Task A_paper_report_about_a_number_without_a_referral_leaves_no_entry_that_somebody_read_it()
    {
        var correlation = Guid.NewGuid().ToString();
        using var response = await _app.PostAsync(
            Sample.ProviderClinician, "/v1/contingency/reconcile", Report(Entry("000000900000", "ACCEPT")), ("X-Correlation-ID", correlation));

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Empty(await _app.TrailAsync(correlation));
    }

    [Fact]
    public async Task An_unreadable_paper_report_is_rejected_as_a_whole_with_all_errors()
    {
        var ubrn = await ReferredAsync("Untouched");
        var future = Entry(ubrn, "ACCEPT");
        future["at"] = Iso(DateTimeOffset.UtcNow.AddHours(2));
        var misspelt = Entry("12", "ACEPT");
        misspelt["by"] = "Dr Who";

        using var response = await _app.PostAsync(
            Sample.ProviderClinician, "/v1/contingency/reconcile", Report(Entry(ubrn, "ACCEPT"), future, misspelt, Entry(ubrn, "RETURN")));

        Assert.Equal(422, (int)response.StatusCode);
        Assert.Equal(
            ["/entries/1/at", "/entries/2/ubrn", "/entries/2/action", "/entries/2/by", "/entries/3/comments"],
            (await response.JsonAsync())["errors"]!.AsArray().Select(error => error!["pointer"]!.GetValue<string>()));
        using var read = await _app.GetAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}");
        Assert.Equal(1, (await read.JsonAsync())["version"]!.GetValue<int>());
    }

    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.AddHours(-3).ToUnixTimeSeconds());

    private static string Iso(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static JsonObject Report(params JsonObject[] entries) => new() { ["entries"] = new JsonArray([.. entries]) };

    private static JsonObject Entry(string ubrn, string action, string? comments = null, int minutesLater = 0)
    {
        var entry = new JsonObject { ["ubrn"] = ubrn, ["action"] = action, ["at"] = Iso(At.AddMinutes(minutesLater)), ["by"] = "921600556514" };
        if (comments is not null) entry["comments"] = comments;
        return entry;
    }

    private static IEnumerable<string> Outcomes(JsonObject answer) => answer["entries"]!.AsArray().Select(entry => entry!["outcome"]!.GetValue<string>());

    private async Task ReplaceAsync(PackName name, string content)
    {
        var packs = _app.Services.GetRequiredService<PackBlobs>();
        using var upload = packs.Begin(name, await packs.FindAsync(name, CancellationToken.None));
        upload.Stream.Write(Encoding.UTF8.GetBytes(content));
        Assert.True(await upload.CommitAsync(content, clocked.Clock.GetUtcNow(), CancellationToken.None));
    }

    private async Task<Uri> LinkAsync(Actor reader, string correlation = "")
    {
        using var about = await _app.GetAsync(
            reader, "/v1/contingency", ("Accept", "application/json"), ("X-Correlation-ID", correlation.Length > 0 ? correlation : Guid.NewGuid().ToString()));
        return new Uri((await about.JsonAsync())["links"]!["pack"]!.GetValue<string>());
    }

    private static string Spaced(string ubrn) => $"{ubrn[..4]} {ubrn[4..8]} {ubrn[8..]}";

    private static async Task<Dictionary<string, byte[]>> FilesAsync(HttpResponseMessage response)
    {
        using var zip = new ZipArchive(await response.Content.ReadAsStreamAsync());
        var files = new Dictionary<string, byte[]>();
        foreach (var entry in zip.Entries)
        {
            using var bytes = new MemoryStream();
            using (var file = entry.Open()) await file.CopyToAsync(bytes);
            files[entry.FullName] = bytes.ToArray();
        }

        return files;
    }

    // Submits a referral with a letter to a service of its own, so that referrals of other tests are filtered out.
    private async Task<string> ReferredAsync(string familyName)
    {
        using var letter = new ByteArrayContent("%PDF-1.4 a letter"u8.ToArray()) { Headers = { { "Content-Type", "application/pdf" } } };
        using var uploaded = await _app.SendAsync(Sample.ReferringClinician, HttpMethod.Post, "/v1/attachments", letter, ("NHSD-eRS-File-Name", "letter.pdf"));
        var submission = JourneySteps.Submission(service: "51002", key: familyName);
        submission["patient"]!["familyName"] = familyName;
        var id = (await uploaded.JsonAsync())["id"]!.GetValue<string>();
        submission["attachments"] = new JsonArray(id);
        // A later verdict would change the lists again.
        await Eventually.TrueAsync(async () =>
        {
            using var status = await _app.GetAsync(Sample.ReferringClinician, $"/v1/attachments/{id}/status");
            return (await status.JsonAsync())["status"]!.GetValue<string>() != "PENDING";
        });
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, submission);
        await _app.DrainAsync();
        return ubrn;
    }

    private async Task CommandAsync(string ubrn, string command, JsonObject body)
    {
        using var response = await _app.PostAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}/{command}", body, ("If-Match", "W/\"1\""));
        response.EnsureSuccessStatusCode();
    }

    private async Task BuildPacksAsync()
    {
        await clocked.FifteenSecondsLaterAsync();
        await _app.Services.GetRequiredService<PackBuilder>().BuildAllAsync(CancellationToken.None);
    }
}
