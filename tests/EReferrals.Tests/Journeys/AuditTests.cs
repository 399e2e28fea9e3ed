using System.Globalization;
using System.Text.Json.Nodes;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Tests.Journeys;

[Collection(Journey.Name)]
public class AuditTests(SharedApp shared)
{
    private static readonly Actor ClinicalAdmin = new("021600556111", Sample.Provider, Role.ServiceProviderClinicianAdmin, "103264994981");
    private static readonly Actor Stranger = Sample.ProviderClinician with { Organisation = "RCD" };

    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task Every_read_of_patient_data_writes_one_audit_entry_with_reader_and_resource()
    {
        var letter = await _app.AvailableAsync(Sample.ReferringClinician);
        using var before = await _app.GetAsync(Sample.ProviderClinician, "/v1/worklists/REFERRALS_FOR_REVIEW?limit=1");
        var since = (await before.JsonAsync())["changes"];
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(letter));
        await _app.DrainAsync();
        (string Path, string What, string About, string Value)[] reads =
        [
            ($"/v1/referrals/{ubrn}", "REFERRAL_READ", "ubrn", ubrn),
            ($"/v1/referrals/{ubrn}/history", "HISTORY_READ", "ubrn", ubrn),
            ($"/v1/attachments/{letter}", "ATTACHMENT_READ", "attachment", letter),
            ("/v1/worklists/REFERRALS_FOR_REVIEW", "WORKLIST_READ", "worklist", "R69:REFERRALS_FOR_REVIEW"),
            ($"/v1/worklists/REFERRALS_FOR_REVIEW/changes?since={since}", "CHANGES_READ", "worklist", "R69:REFERRALS_FOR_REVIEW"),
        ];

        foreach (var (path, what, about, value) in reads)
        {
            var correlation = Guid.NewGuid().ToString();
            var start = DateTimeOffset.UtcNow;
            using var response = await _app.GetAsync(ClinicalAdmin, path, ("X-Correlation-ID", correlation));

            Assert.Equal(200, (int)response.StatusCode);
            var entry = Assert.Single(await TrailAsync(correlation));
            Assert.Equal(
                $"{what} {value} 021600556111 R69 SERVICE_PROVIDER_CLINICIAN_ADMIN 103264994981 ok",
                $"{entry["what"]} {entry[about]} {entry["user"]} {entry["organisation"]} {entry["role"]} {entry["onBehalfOf"]} {entry["outcome"]}");
            Assert.Equal(response.Headers.GetValues("X-Request-ID").Single(), (string)entry["requestId"]!);
            Assert.InRange(DateTimeOffset.Parse((string)entry["at"]!, CultureInfo.InvariantCulture), start, DateTimeOffset.UtcNow);
            Problems.AssertTellsNothing(entry.ToJsonString());
        }
    }

    [Fact]
    public async Task Every_refused_attempt_writes_one_audit_entry_with_caller_and_resource()
    {
        var letter = await _app.AvailableAsync(Sample.ReferringClinician);
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(letter));
        await _app.DrainAsync();
        (Actor Actor, HttpMethod Method, string Path, string Expected)[] attempts =
        [
            (Stranger, HttpMethod.Get, $"/v1/referrals/{ubrn}", $"{ubrn}   403"),
            (Stranger, HttpMethod.Get, $"/v1/referrals/{ubrn}/history", $"{ubrn}   403"),
            (Stranger, HttpMethod.Post, $"/v1/referrals/{ubrn}/accept", $"{ubrn}   403"),
            (Stranger, HttpMethod.Get, $"/v1/attachments/{letter}", $"{ubrn} {letter}  403"),
            (Stranger, HttpMethod.Get, $"/v1/attachments/{letter}/status", $"{ubrn} {letter}  403"),
            (Sample.ReferringClinician, HttpMethod.Post, $"/v1/referrals/{ubrn}/accept", $"{ubrn}   403 FORBIDDEN"),
            (Sample.ReferringClinician, HttpMethod.Get, "/v1/worklists/REFERRALS_FOR_REVIEW", "  D82106:REFERRALS_FOR_REVIEW 403"),
            (Sample.ProviderClinician, HttpMethod.Post, "/v1/referrals", "   403 FORBIDDEN"),
        ];

        foreach (var (actor, method, path, expected) in attempts)
        {
            var correlation = Guid.NewGuid().ToString();
            var body = method == HttpMethod.Post ? new JsonObject() : null;
            using var response = await _app.SendAsync(actor, method, path, body, ("X-Correlation-ID", correlation), ("If-Match", "W/\"1\""));

            await response.ProblemAsync(403);
            var entry = Assert.Single(await TrailAsync(correlation));
            Assert.Equal(
                $"{path}: REFUSED {actor.User} {actor.Organisation} {Code.From(actor.Role)} {expected}",
                $"{path}: {entry["what"]} {entry["user"]} {entry["organisation"]} {entry["role"]} "
                + $"{entry["ubrn"]} {entry["attachment"]} {entry["worklist"]} {entry["outcome"]}");
            Problems.AssertTellsNothing(entry.ToJsonString());
        }
    }

    [Fact]
    public async Task A_response_without_patient_data_writes_no_audit_entry()
    {
        // A hospital of its own: on the list of one that others use, a change that is retried could arrive between two reads.
        var reader = Sample.ProviderClinician with { Organisation = "RPK" };
        var service = await _app.DefineServiceAsync(reader.Organisation);
        await _app.SubmitAsync(Sample.ReferringClinician, JourneySteps.Submission(service: service));
        await _app.DrainAsync();
        using var entries = await _app.GetAsync(reader, "/v1/worklists/REFERRALS_FOR_REVIEW");
        var page = await entries.JsonAsync();
        var since = (string)page["changes"]!;
        using var changes = await _app.GetAsync(reader, $"/v1/worklists/REFERRALS_FOR_REVIEW/changes?since={since}");
        (string Path, string? Tag, int Status)[] reads =
        [
            ("/v1/worklists/REFERRALS_FOR_REVIEW", entries.Headers.ETag!.ToString(), 304),
            ($"/v1/worklists/REFERRALS_FOR_REVIEW/changes?since={since}", changes.Headers.ETag!.ToString(), 304),
            ($"/v1/worklists/REFERRALS_FOR_REVIEW/changes?since={since}", null, 200),
            ("/v1/worklists", null, 200),
            ($"/v1/services/{service}", null, 200),
            ("/v1/referrals/999999999999", null, 404),
            ("/v1/status", null, 200),
        ];

        List<(string Path, int Status, int Entries)> answers = [];
        foreach (var (path, tag, _) in reads)
        {
            var correlation = Guid.NewGuid().ToString();
            (string, string)[] headers = tag is null ? [] : [("If-None-Match", tag)];
            using var response = await _app.GetAsync(reader, path, [.. headers, ("X-Correlation-ID", correlation)]);
            answers.Add((path, (int)response.StatusCode, (await TrailAsync(correlation)).Count));
        }

        Assert.Single(page["entries"]!.AsArray());
        Assert.Equal(reads.Select(read => (read.Path, read.Status, 0)), answers);
    }

    [Fact]
    public async Task Concurrent_reads_write_one_audit_entry_each()
    {
        var correlation = Guid.NewGuid().ToString();
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ =>
            _app.GetAsync(Sample.ProviderClinician, "/v1/worklists/REFERRALS_FOR_REVIEW", ("X-Correlation-ID", correlation))));

        Assert.Equal(
            answers.Select(answer => answer.Headers.GetValues("X-Request-ID").Single()).Order(),
            (await TrailAsync(correlation)).Select(entry => (string)entry["requestId"]!).Order());
    }

    private Task<IReadOnlyList<JsonObject>> TrailAsync(string correlation) => _app.TrailAsync(correlation);
}
