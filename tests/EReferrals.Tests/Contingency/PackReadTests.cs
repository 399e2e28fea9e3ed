using System.Globalization;
using System.IO.Compression;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Azure.Core;
using EReferrals.Audit.Contents;
using EReferrals.Contingency.PackReads;
using EReferrals.Referrals.Values;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Contingency;

public sealed class PackReadTests(PackReadApp app) : IClassFixture<PackReadApp>
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    private const string Partial = """{ "tables": [{ "columns": [], "rows": [] }], "error": { "code": "PartialError" } }""";

    [Fact]
    public async Task A_read_of_a_pack_by_a_link_is_found_by_a_search_for_each_referral_in_it()
    {
        var (ubrn, link) = await app.LinkedReferralAsync();
        using var hospital = new HttpClient();
        using var pack = await hospital.GetAsync(link);
        var read = app.Now;
        var reference = app.LogRead(link, read);

        await app.RecordAsync();

        Assert.Equal(200, (int)pack.StatusCode);
        var seen = await app.SearchAsync(ubrn);
        var entry = Assert.Single(seen, entry => (string?)entry["what"] == "PACK_LINK_READ");
        Assert.Equal((reference, "203.0.113.7"), ((string?)entry["requestId"], (string?)entry["source"]));
        Assert.Equal(read, entry["readAt"]!.GetValue<DateTimeOffset>(), TimeSpan.FromMilliseconds(1));
        Assert.Contains(seen, issued => (string?)issued["what"] == "PACK_LINKED" && (string?)issued["link"] == (string?)entry["link"]);
    }

    [Fact]
    public async Task The_workspace_is_asked_with_a_token_for_its_API_by_the_time_at_which_rows_were_stored()
    {
        await app.RecordAsync();

        var (authorization, query) = app.Workspace.Asked.Last();
        Assert.Equal(("Bearer", "https://api.loganalytics.io/.default"), (authorization.Scheme, authorization.Parameter));
        Assert.Contains("ingestion_time()", query, StringComparison.Ordinal);
        var bounds = Regex.Match(query, @"TimeGenerated > datetime\((\S+)\) and ingestion_time\(\) >= datetime\((\S+)\)").Groups;
        Assert.Equal(TimeSpan.FromDays(7), DateTimeOffset.Parse(bounds[2].Value, Invariant) - DateTimeOffset.Parse(bounds[1].Value, Invariant));
        Assert.Equal(1, Regex.Count(query, "TimeGenerated [<>=]"));
    }

    [Fact]
    public async Task A_stop_between_the_entries_and_the_place_in_the_log_repeats_entries_with_their_references_and_loses_none()
    {
        var (_, link) = await app.LinkedPackAsync();
        await app.RecordAsync();
        var (_, other) = await app.LinkedPackAsync();
        string[] references = [app.LogRead(link), app.LogRead(other)];

        await app.RecordAndStopAsync();
        await app.RecordAsync();
        await app.RecordAsync();

        foreach (var reference in references)
        {
            var entries = await app.ReadsAsync(reference);
            Assert.Equal(2, entries.Count);
            Assert.All(entries, entry => Assert.Equal(reference, (string?)entry["requestId"]));
        }
    }

    [Fact]
    public async Task A_row_that_arrives_late_is_found_although_its_read_is_older_than_what_is_recorded()
    {
        var (_, link) = await app.LinkedPackAsync();
        var first = app.LogRead(link);
        await app.RecordAsync();
        var late = app.LogRead(link, app.Now.AddHours(-30));

        await app.RecordAsync();

        Assert.Single(await app.ReadsAsync(first));
        Assert.Single(await app.ReadsAsync(late));
    }

    [Fact]
    public async Task A_row_that_becomes_visible_after_younger_rows_were_stored_is_found()
    {
        var (_, link) = await app.LinkedPackAsync();
        var stored = app.Now;
        var younger = app.LogRead(link, ingested: stored.AddMinutes(1));
        await app.RecordAsync(afterMinutes: 10);
        var (_, other) = await app.LinkedPackAsync();
        var behind = app.LogRead(other, ingested: stored);

        await app.RecordAsync();

        Assert.Single(await app.ReadsAsync(younger));
        Assert.Single(await app.ReadsAsync(behind));
    }

    [Theory]
    [InlineData(403, """{ "error": { "code": "InsufficientAccessError" } }""")]
    [InlineData(500, "")]
    [InlineData(200, "<html>")]
    [InlineData(200, "{}")]
    [InlineData(200, Partial)]
    public async Task An_answer_without_the_whole_log_leaves_the_place_so_that_the_next_run_records_the_read(int status, string body)
    {
        var (_, link) = await app.LinkedPackAsync();
        var reference = app.LogRead(link);
        app.Workspace.Failure = (status, body);

        await app.RecordAsync();
        var before = await app.ReadsAsync(reference);
        app.Workspace.Failure = null;
        await app.RecordAsync();

        Assert.Empty(before);
        Assert.Single(await app.ReadsAsync(reference));
    }

    [Fact]
    public async Task A_workspace_that_does_not_answer_for_an_hour_is_reported_with_what_to_do()
    {
        await app.RecordAsync();
        bool IsReported() => app.Log.Any(line => line.StartsWith("Error 1708 ", StringComparison.Ordinal)
            && line.Contains("Log Analytics Data Reader", StringComparison.Ordinal));
        app.Workspace.Failure = (500, "");

        await app.RecordAsync();
        var early = IsReported();
        app.Later(TimeSpan.FromHours(1));
        await app.RecordAsync();
        app.Workspace.Failure = null;

        Assert.Equal((false, true), (early, IsReported()));
    }

    [Fact]
    public async Task A_strange_row_stops_no_other_and_what_can_be_read_of_it_is_recorded()
    {
        var (name, link) = await app.LinkedPackAsync();
        var first = app.LogRead(link);
        app.LogRow(address: null);
        app.LogRow(JsonValue.Create(7));
        app.LogRow("https://stcon.blob.core.windows.net/packs/RX1/provider.zip", read: "yesterday");
        app.LogRow("https://stcon.blob.core.windows.net/packs/RX1/provider.zip", reference: "'; drop");
        var elsewhere = app.LogRow("https://stcon.blob.core.windows.net/snapshots/a.json?b=/packs/");
        var strange = app.LogRow($"https://stcon.blob.core.windows.net/packs/RX1/%22%0A{new string('x', 900)}?snapshot=1&snapshot=2", caller: "somewhere");
        var gone = app.LogRow("https://stcon.blob.core.windows.net/packs/RX1/provider.zip?snapshot=2026-11-01T00:00:00.0000000Z", caller: "[2001:db8::1]:443");
        var (lastName, lastLink) = await app.LinkedPackAsync();
        var last = app.LogRead(lastLink);

        await app.RecordAsync();

        Assert.Equal(PackReadApp.LinkOf(name, link), (string?)Assert.Single(await app.ReadsAsync(first))["link"]);
        Assert.Equal(PackReadApp.LinkOf(lastName, lastLink), (string?)Assert.Single(await app.ReadsAsync(last))["link"]);
        Assert.Empty(await app.ReadsAsync(elsewhere));
        Assert.StartsWith("RX1/\"\nxxx", (string?)Assert.Single(await app.ReadsAsync(strange))["link"], StringComparison.Ordinal);
        var entry = Assert.Single(await app.ReadsAsync(gone));
        Assert.Equal(
            ("RX1/provider.zip@2026-11-01T00:00:00.0000000Z", "2001:db8::1", null), ((string?)entry["link"], (string?)entry["source"], entry["shown"]));
        Assert.Contains(app.Log, line => line.StartsWith("Error 1709 4 rows ", StringComparison.Ordinal));
        Assert.Contains(app.Log, line => line.StartsWith("Error 1711 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_read_is_found_by_a_search_for_each_referral_also_when_an_operator_ended_the_links_before_it_was_recorded()
    {
        var (ubrn, link) = await app.LinkedReferralAsync();
        var reference = app.LogRead(link);
        using var ended = await app.App.SendAsync(
            Sample.Operator, HttpMethod.Delete, $"/v1/operations/pack-links/{Sample.ProviderClinician.Organisation}");

        await app.RecordAsync();

        Assert.Equal(404, await StatusAsync(link));
        Assert.Single(await app.SearchAsync(ubrn), entry => (string?)entry["requestId"] == reference);
    }

    [Fact]
    public async Task A_read_is_found_by_a_search_for_each_referral_also_when_one_was_erased_before_it_was_recorded()
    {
        var (ubrn, link) = await app.LinkedReferralAsync();
        var reference = app.LogRead(link);
        using var cancelled = await app.App.CommandAsync(
            Sample.ReferringClinician, ubrn, "cancel", new JsonObject { ["reason"] = "PATIENT_DIED" }, version: 1);
        using var erased = await app.App.PostAsync(
            Sample.Operator, $"/v1/operations/referrals/{ubrn}/erase", new JsonObject { ["reason"] = "The wrong patient" }, ("If-Match", "W/\"2\""));

        await app.RecordAsync();

        Assert.Equal((200, 200, 404), ((int)cancelled.StatusCode, (int)erased.StatusCode, await StatusAsync(link)));
        Assert.Single(await app.SearchAsync(ubrn), entry => (string?)entry["requestId"] == reference);
    }

    [Fact]
    public async Task The_reads_of_a_generation_that_is_gone_name_all_its_referrals_also_when_an_entry_cannot_hold_them()
    {
        var ubrns = Enumerable.Range(0, ListedReferrals.MostInOneEntry + 1).Select(number => Ubrn.FromSequence(99_000_000_000 + number)).ToArray();
        var (name, link) = await app.LinkedPackAsync(ZipOf(ubrns));
        var reference = app.LogRead(link);
        using var ended = await app.App.SendAsync(Sample.Operator, HttpMethod.Delete, $"/v1/operations/pack-links/{name.Organisation}");

        await app.RecordAsync();

        Assert.Equal(200, (int)ended.StatusCode);
        Assert.Equal([1, 2], (await app.ReadsAsync(reference)).Select(entry => (int?)entry["shown"]!["part"]).Order());
        foreach (var ubrn in new[] { ubrns[0], ubrns[^1] })
        {
            Assert.Single(await app.SearchAsync(ubrn.ToString()), entry => (string?)entry["requestId"] == reference);
        }
    }

    [Fact]
    public async Task A_read_is_found_in_the_period_in_which_it_happened_and_not_in_that_in_which_it_was_recorded()
    {
        var (ubrn, link) = await app.LinkedReferralAsync();
        var read = app.Now;
        var reference = app.LogRead(link, read);

        await app.RecordAsync(afterMinutes: 300);

        var then = await app.SearchAsync(ubrn, read.AddMinutes(-1), read.AddMinutes(1));
        var later = await app.SearchAsync(ubrn, read.AddMinutes(1), app.Now.AddMinutes(1));
        Assert.Single(then, entry => (string?)entry["requestId"] == reference);
        Assert.DoesNotContain(later, entry => (string?)entry["requestId"] == reference);
    }

    [Fact]
    public async Task Reads_that_one_entry_sums_up_are_found_in_the_period_of_the_last_one()
    {
        var (ubrn, link) = await app.LinkedReferralAsync();
        var hour = new DateTimeOffset(app.Now.UtcDateTime.Date, TimeSpan.Zero).AddHours(app.Now.Hour - 1);
        app.LogRead(link, hour.AddMinutes(5));
        app.LogRead(link, hour.AddMinutes(50));

        await app.RecordAsync();

        var last = await app.SearchAsync(ubrn, hour.AddMinutes(45), hour.AddMinutes(55));
        var entry = Assert.Single(last, entry => (string?)entry["what"] == "PACK_LINK_READ");
        Assert.StartsWith("2 reads until ", (string?)entry["range"], StringComparison.Ordinal);
        Assert.DoesNotContain(await app.SearchAsync(ubrn, hour.AddHours(1), app.Now), entry => (string?)entry["what"] == "PACK_LINK_READ");
    }

    [Fact]
    public async Task More_reads_than_an_answer_has_rows_are_counted_once_each_although_they_were_stored_at_one_instant()
    {
        var (name, link) = await app.LinkedPackAsync();
        var stored = app.Now;
        var reads = ReadLog.MostRows * 2 + 1;
        for (var read = 0; read < reads; read++) app.LogRead(link, ingested: stored);

        await app.RecordAsync();

        var trail = await app.App.TrailAsync(PackReadApp.LinkOf(name, link));
        var entries = trail.Where(entry => (string?)entry["what"] == "PACK_LINK_READ").ToList();
        Assert.Equal(3, entries.Count);
        Assert.Equal(reads, entries.Sum(entry => (string?)entry["range"] is { } range ? int.Parse(range.Split(' ')[0], CultureInfo.InvariantCulture) : 1));
    }

    [Fact]
    public async Task Without_a_workspace_nothing_is_asked_and_the_log_says_so_once()
    {
        var services = app.App.Services;
        var log = new ReadLog(
            services.GetRequiredService<EReferrals.Settings>() with { ReadLogWorkspace = null },
            services.GetRequiredService<TokenCredential>(),
            app.Workspace.Transport());
        var recorder = ActivatorUtilities.CreateInstance<PackReadRecorder>(services, log);
        var asked = app.Workspace.Asked.Count;

        await recorder.RecordAsync(CancellationToken.None);
        await recorder.RecordAsync(CancellationToken.None);

        Assert.Equal(asked, app.Workspace.Asked.Count);
        Assert.Single(app.Log, line => line.StartsWith("Information 1705 ", StringComparison.Ordinal));
    }

    private static async Task<int> StatusAsync(Uri link)
    {
        using var plain = new HttpClient();
        using var response = await plain.GetAsync(link);
        return (int)response.StatusCode;
    }

    private static byte[] ZipOf(IEnumerable<Ubrn> ubrns)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        using (var list = new StreamWriter(zip.CreateEntry("lists/REFERRALS_FOR_REVIEW.csv").Open()))
        {
            foreach (var ubrn in ubrns) list.WriteLine($"{ubrn},a referral");
        }

        return bytes.ToArray();
    }
}
