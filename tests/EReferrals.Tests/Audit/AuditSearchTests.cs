using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using EReferrals.Audit.Contents;
using EReferrals.Audit.Search;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security.Keys;
using EReferrals.Tests.Ers;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Audit;

[Collection(Journey.Name)]
public sealed class AuditSearchTests(SharedApp shared)
{
    private const string List = "/v1/worklists/REFERRALS_FOR_REVIEW";

    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task The_audit_answers_who_saw_a_patient_by_each_door()
    {
        using var before = await _app.GetAsync(Sample.ProviderClinician, $"{List}?limit=1");
        var since = (await before.JsonAsync())["changes"];
        var letter = await _app.AvailableAsync(Sample.ReferringClinician);
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(letter));
        await _app.SettleAsync();
        string[] paths =
        [
            $"{List}?limit=1000", $"{List}/changes?since={since}&limit=1000", $"{List}/print", $"{List}/export.csv", $"/v1/referrals/{ubrn}",
            $"/v1/referrals/{ubrn}/history", $"/v1/attachments/{letter}", $"{ErsSteps.Stu3}ReferralRequest/{ubrn}",
            $"{ErsSteps.Stu3}Task?focus=ReferralRequest/{ubrn}/_history/1&intent=proposal&status=ready",
        ];
        foreach (var path in paths)
        {
            using var seen = await _app.GetAsync(Sample.ProviderClinician, path);
            Assert.Equal((path, 200), (path, (int)seen.StatusCode));
        }

        await _app.ErsListAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW");

        var found = await SearchAsync(ubrn);

        var own = found.Where(entry => (string?)entry["user"] == Sample.ProviderClinician.User).Select(entry => $"{entry["function"]}");
        Assert.Superset(
            new HashSet<string>
            {
                "GetWorklistFunction", "GetChangesFunction", "PrintWorklistFunction", "ExportWorklistFunction", "GetReferralFunction",
                "GetHistoryFunction", "GetAttachmentFunction", "RetrieveReferralFunction", "ListActionsFunction", "FetchWorklistFunction",
            },
            own.ToHashSet());
        Assert.All(found, entry => Assert.Null(entry["digests"]));
    }

    [Fact]
    public async Task For_a_referral_that_nobody_saw_a_search_finds_only_the_searches_before_it()
    {
        var ubrn = Ubrn.FromSequence(99_999_999_123).ToString();

        Assert.Empty(await SearchAsync(ubrn));
        Assert.Equal("AUDIT_READ", (string?)Assert.Single(await SearchAsync(ubrn))["what"]);
    }

    [Fact]
    public async Task A_search_up_to_a_moment_that_has_not_come_ends_at_the_moment_of_its_first_page()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        for (var read = 0; read < 3; read++)
        {
            using var seen = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}");
            Assert.Equal(200, (int)seen.StatusCode);
        }

        var address = $"{AddressOf(ubrn, to: DateTimeOffset.UtcNow.AddDays(7))}&limit=1";
        using var first = await _app.GetAsync(Sample.Operator, address);
        var page = await first.JsonAsync();
        var found = page["entries"]!.AsArray().Count;
        using var late = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}");
        for (var pages = 1; page["next"] is { } next; pages++)
        {
            Assert.True(pages < 10, "The search does not end.");
            using var answer = await _app.GetAsync(Sample.Operator, $"{address}&cursor={next}");
            page = await answer.JsonAsync();
            Assert.All(page["entries"]!.AsArray(), entry => Assert.Equal("REFERRAL_READ", (string?)entry!["what"]));
            found += page["entries"]!.AsArray().Count;
        }

        Assert.Equal((200, 3), ((int)late.StatusCode, found));
    }

    [Fact]
    public async Task A_search_is_itself_recorded_with_the_referral_and_the_period()
    {
        var (ubrn, correlation) = (Ubrn.FromSequence(99_999_999_124).ToString(), Guid.NewGuid().ToString());
        using var search = await _app.GetAsync(
            Sample.Operator, $"/v1/operations/audit?ubrn={ubrn}&from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z", ("X-Correlation-ID", correlation));

        Assert.Equal(200, (int)search.StatusCode);
        var entry = Assert.Single(await _app.TrailAsync(correlation));
        Assert.Equal(
            ("AUDIT_READ", ubrn, "2026-11-01T00:00:00.000Z/2026-11-02T00:00:00.000Z"),
            ((string?)entry["what"], (string?)entry["ubrn"], (string?)entry["range"]));
        Assert.Single(await SearchAsync(ubrn), found => (string?)found["correlationId"] == correlation);
    }

    [Fact]
    public async Task An_operator_of_another_organisation_may_not_search()
    {
        using var refused = await _app.GetAsync(Sample.Operator with { Organisation = "RCD" }, AddressOf("000000012345"));

        await refused.ProblemAsync(403);
    }

    [Theory]
    [InlineData("ubrn=12&from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z", "ubrn")]
    [InlineData("ubrn=000000012345&from=2026-11-01&to=2026-11-02T00:00:00Z", "from")]
    [InlineData("ubrn=000000012345&from=2026-11-02T00:00:00Z&to=2026-11-02T00:00:00Z", "to")]
    [InlineData("ubrn=000000012345&from=2026-10-01T00:00:00Z&to=2026-11-02T00:00:00Z", "to")]
    public async Task A_search_without_a_number_or_over_more_than_31_days_is_refused(string query, string wrong)
    {
        using var refused = await _app.GetAsync(Sample.Operator, $"/v1/operations/audit?{query}");

        Assert.StartsWith(wrong, Problems.In(await refused.ProblemAsync(400)).Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_goes_on_where_it_stopped_and_shows_every_entry_once()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        var asked = Enumerable.Range(0, 7).Select(_ => Guid.NewGuid().ToString()).ToArray();
        foreach (var correlation in asked)
        {
            using var read = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}", ("X-Correlation-ID", correlation));
        }

        var found = await SearchAsync(ubrn, limit: 2);

        Assert.Equal(asked.Order(), found.Select(entry => (string)entry["correlationId"]!).Where(asked.Contains).Order());
    }

    [Fact]
    public void The_search_finds_what_was_recorded_with_an_earlier_key()
    {
        var earlier = new DatedKey(new DateOnly(2024, 1, 1), [.. Enumerable.Repeat((byte)7, DatedKey.MinSecret)]);
        var ubrn = Ubrn.FromSequence(99_999_999_125);
        var at = DateTimeOffset.UtcNow;
        var line = EntryOf(at, $"\"shown\":{{\"count\":1,\"key\":\"{earlier.Id}\",\"digests\":\"{UbrnDigest.Of(ubrn, earlier)}\"}}");
        var (now, next) = (new DatedKey(new DateOnly(2026, 1, 1), new byte[DatedKey.MinSecret]), at.AddHours(1));

        var rotated = SearchTerms.ForReferral(ubrn, at.AddHours(-1), next, new DigestKeys([now, earlier], TimeProvider.System), []);
        var lost = SearchTerms.ForReferral(ubrn, at.AddHours(-1), next, new DigestKeys([now], TimeProvider.System), []);

        Assert.Single(rotated.FindIn(Encoding.UTF8.GetBytes(line)));
        Assert.Empty(lost.FindIn(Encoding.UTF8.GetBytes(line)));
    }

    [Fact]
    public async Task The_search_finds_entries_in_the_reserve_account_and_those_that_waited_on_the_queue()
    {
        var ubrn = Ubrn.FromSequence(99_999_999_126);
        var at = DateTimeOffset.UtcNow.AddDays(-3);
        await AppendAsync(_app.Local.Azurite!.Records.ConnectionString, at, "other-reserve", EntryOf(at, $"\"ubrn\":\"{ubrn}\""));
        await AppendAsync(_app.Local.Azurite!.Contingency.ConnectionString, at.AddDays(2), "other-drained", EntryOf(at, $"\"ubrn\":\"{ubrn}\""));
        // Written in this period, and not of it.
        await AppendAsync(_app.Local.Azurite!.Contingency.ConnectionString, at, "other", EntryOf(at.AddHours(5), $"\"ubrn\":\"{ubrn}\""));

        var found = await SearchAsync(ubrn.ToString(), at.AddHours(-1), at.AddHours(1));

        Assert.Equal(2, found.Count);
    }

    [Fact]
    public async Task The_search_says_how_many_refused_calls_an_entry_sums_up()
    {
        var (ubrn, at) = (Ubrn.FromSequence(99_999_999_127), DateTimeOffset.UtcNow.AddDays(-4));
        await AppendAsync(_app.Local.Azurite!.Contingency.ConnectionString, at, "summed", EntryOf(at, $"\"ubrn\":\"{ubrn}\",\"count\":59"));
        await AppendAsync(_app.Local.Azurite!.Contingency.ConnectionString, at, "summed", EntryOf(at, $"\"ubrn\":\"{ubrn}\""));

        var found = await SearchAsync(ubrn.ToString(), at.AddHours(-1), at.AddHours(1));

        Assert.Equal([null, 59], found.Select(entry => (int?)entry["count"]).Order());
    }

    [Fact]
    public async Task The_search_finds_the_refused_attempts_at_the_files_the_appointment_and_the_booking_of_a_referral()
    {
        var letter = await _app.AvailableAsync(Sample.ReferringClinician);
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(letter));
        await _app.DrainAsync();
        var stranger = ErsSteps.Stranger with { User = "103264994777" };
        var appointment = $"{ErsSteps.Stu3}Appointment/{ubrn}1";
        string[] paths =
        [
            $"/v1/attachments/{letter}", $"/v1/attachments/{letter}/status", $"{ErsSteps.Stu3}Binary/{letter}", $"{ErsSteps.R4}Binary/{letter}",
            appointment, $"{appointment}/_history/1",
        ];
        foreach (var path in paths)
        {
            using var refused = await _app.GetAsync(stranger, path);
            Assert.False(refused.IsSuccessStatusCode, path);
        }

        var elsewhere = Sample.ReferringClinician with { User = stranger.User, Organisation = "R68" };
        using var booking = await _app.ErsBookAsync(
            BookingSteps.Proposal(await _app.ErsReferralAsync(ubrn), Sample.Service, "TRIAGE"), actor: elsewhere);
        Assert.Equal(422, (int)booking.StatusCode);

        var refusals = (await SearchAsync(ubrn)).Where(entry => (string?)entry["user"] == stranger.User && (string?)entry["what"] == "REFUSED");

        Assert.Equal(
            [
                "BookErsAppointmentFunction", "DownloadFileFunction", "GetAttachmentFunction", "GetAttachmentStatusFunction", "LocateFileFunction",
                "RetrieveAppointmentFunction", "RetrieveAppointmentVersionFunction",
            ],
            refusals.Select(entry => (string)entry["function"]!).Order());
    }

    [Fact]
    public async Task An_erased_referral_keeps_its_audit()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        var correlation = Guid.NewGuid().ToString();
        using var read = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}", ("X-Correlation-ID", correlation));
        using var cancelled = await _app.CommandAsync(
            Sample.ReferringClinician, ubrn, "cancel", new JsonObject { ["reason"] = "PATIENT_DIED" }, version: 1);
        Assert.True((int)cancelled.StatusCode == 200, await cancelled.Content.ReadAsStringAsync());
        await _app.SettleAsync();
        using var kept = await _app.GetAsync(Sample.Operator, $"/v1/operations/referrals/{ubrn}/retention");

        using var erased = await _app.PostAsync(
            Sample.Operator, $"/v1/operations/referrals/{ubrn}/erase", new JsonObject { ["reason"] = "Registered in error" },
            ("If-Match", kept.Headers.ETag!.ToString()));

        Assert.True((int)erased.StatusCode == 200, await erased.Content.ReadAsStringAsync());
        Assert.Contains(await SearchAsync(ubrn), entry => (string?)entry["correlationId"] == correlation);
        Assert.Contains(await SearchAsync(ubrn), entry => (string?)entry["what"] == "REFERRAL_ERASED");
    }

    [Fact]
    public async Task The_search_finds_reads_of_a_file_before_its_referral_had_it_also_after_the_referral_was_erased()
    {
        var (colleague, correlation) = (Sample.ReferringClinician with { User = "021600556599" }, Guid.NewGuid().ToString());
        var letter = await _app.AvailableAsync(Sample.ReferringClinician);
        using (var read = await _app.GetAsync(colleague, $"/v1/attachments/{letter}", ("X-Correlation-ID", correlation)))
        {
            Assert.Equal(200, (int)read.StatusCode);
        }

        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(letter));
        await _app.DrainAsync();
        Assert.Equal(colleague.User, (string?)Assert.Single(await SearchAsync(ubrn), entry => (string?)entry["correlationId"] == correlation)["user"]);
        using var cancelled = await _app.CommandAsync(
            Sample.ReferringClinician, ubrn, "cancel", new JsonObject { ["reason"] = "PATIENT_DIED" }, version: 1);
        using var erased = await _app.PostAsync(
            Sample.Operator, $"/v1/operations/referrals/{ubrn}/erase", new JsonObject { ["reason"] = "Registered in error" }, ("If-Match", "W/\"2\""));

        Assert.Equal((200, 200), ((int)cancelled.StatusCode, (int)erased.StatusCode));
        Assert.Single(await SearchAsync(ubrn, limit: 1), entry => (string?)entry["correlationId"] == correlation);
    }

    [Fact]
    public async Task The_search_names_who_changed_a_referral_also_after_it_was_erased()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        using (var returned = await _app.CommandAsync(Sample.ProviderClinician, ubrn, "return", new JsonObject { ["comments"] = "Statins" }, 1))
        {
            Assert.Equal(200, (int)returned.StatusCode);
        }

        using (var cancelled = await _app.CommandAsync(Sample.ReferringClinician, ubrn, "cancel", new JsonObject { ["reason"] = "PATIENT_DIED" }, 2))
        {
            Assert.Equal(200, (int)cancelled.StatusCode);
        }

        await _app.SettleAsync();
        string[] expected =
        [
            $"1 SUBMITTED {Sample.ReferringClinician.User}", $"2 RETURNED {Sample.ProviderClinician.User}", $"3 CANCELLED {Sample.ReferringClinician.User}",
        ];
        Assert.Equal(expected, await ChangesAsync(AddressOf(ubrn)));

        using var erased = await _app.PostAsync(
            Sample.Operator, $"/v1/operations/referrals/{ubrn}/erase", new JsonObject { ["reason"] = "Registered in error" }, ("If-Match", "W/\"3\""));

        Assert.True((int)erased.StatusCode == 200, await erased.Content.ReadAsStringAsync());
        Assert.Equal(expected, await ChangesAsync(AddressOf(ubrn)));
        Assert.Empty(await ChangesAsync(AddressOf(ubrn, to: DateTimeOffset.UtcNow.AddHours(-1))));
    }

    private async Task<IReadOnlyList<string>> ChangesAsync(string address)
    {
        using var response = await _app.GetAsync(Sample.Operator, address);
        var changes = (await response.JsonAsync())["changes"]!.AsArray();
        return [.. changes.Select(change => $"{change!["version"]} {change["what"]} {change["by"]!["user"]}")];
    }

    private static string AddressOf(string ubrn, DateTimeOffset? from = null, DateTimeOffset? to = null) =>
        $"/v1/operations/audit?ubrn={ubrn}&from={Text(from ?? DateTimeOffset.UtcNow.AddDays(-1))}&to={Text(to ?? DateTimeOffset.UtcNow.AddMinutes(1))}";

    private static string Text(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private async Task<IReadOnlyList<JsonObject>> SearchAsync(string ubrn, DateTimeOffset? from = null, DateTimeOffset? to = null, int limit = 500)
    {
        var found = new List<JsonObject>();
        var address = AddressOf(ubrn, from, to);
        for (string? cursor = null; ;)
        {
            using var answer = await _app.GetAsync(Sample.Operator, $"{address}&limit={limit}{(cursor is null ? "" : $"&cursor={cursor}")}");
            Assert.True((int)answer.StatusCode == 200, await answer.Content.ReadAsStringAsync());
            var page = await answer.JsonAsync();
            found.AddRange(page["entries"]!.AsArray().Select(entry => entry!.AsObject()));
            if ((cursor = page["next"]?.GetValue<string>()) is null) return found;
        }
    }

    private static string EntryOf(DateTimeOffset at, string about) =>
        $"{{\"what\":\"WORKLIST_READ\",\"user\":\"1\",{about},\"function\":\"Test\",\"outcome\":\"ok\",\"correlationId\":\"test\",\"requestId\":\"test\","
        + $"\"id\":\"{Guid.NewGuid()}\",\"at\":\"{Text(at)}\"}}\n";

    private static async Task AppendAsync(string account, DateTimeOffset hour, string name, string line)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"{hour.UtcDateTime:yyyy'/'MM'/'dd'/'HH}/{name}.jsonl");
        var blob = new BlobContainerClient(account, "audit").GetAppendBlobClient(path);
        await blob.CreateIfNotExistsAsync();
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(line));
        await blob.AppendBlockAsync(content);
    }
}
