using System.Text.Json.Nodes;
using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;
using EReferrals.Tests.Ers;
using EReferrals.Tests.Journeys;
using static EReferrals.Tests.Transfers.TransferApp;

namespace EReferrals.Tests.Transfers;

public sealed class TransferTests(TransferApp transfers) : IClassFixture<TransferApp>
{
    private readonly RunningApp _app = transfers.App;

    [Fact]
    public async Task The_successor_of_a_hospital_gets_every_referral_in_its_state_and_both_lists_are_updated()
    {
        var (from, to, referrer) = await HospitalsAsync();
        var (triage, clinic, elsewhere) = (
            await transfers.DefineAsync(from), await transfers.DefineAsync(from, "APPOINTMENT_REQUEST"),
            await transfers.DefineAsync(transfers.NewOrganisation()));
        var referred = new List<string>();
        for (var i = 0; i < 8; i++) referred.Add(await transfers.ReferAsync(referrer, i < 5 ? triage : clinic));
        await transfers.CommandAsync(Clinician(from), referred[0], "accept", []);
        await transfers.CommandAsync(Clinician(from), referred[1], "return", new JsonObject { ["comments"] = "Advice" });
        await transfers.CommandAsync(Practice(referrer), referred[2], "cancel", new JsonObject { ["reason"] = "PATIENT_DIED" });
        await transfers.CommandAsync(Clinician(from), referred[3], "return", new JsonObject { ["comments"] = "Advice" });
        await transfers.CommandAsync(Practice(referrer), referred[3], "redirect", new JsonObject { ["service"] = elsewhere }, version: 2);
        var start = DateTimeOffset.UtcNow.AddDays(7);
        await transfers.CommandAsync(
            Admin(from), referred[5], "book", new JsonObject { ["start"] = $"{start:yyyy-MM-dd}T10:00:00Z", ["end"] = $"{start:yyyy-MM-dd}T10:20:00Z" });
        await _app.SettleAsync();
        var own = await transfers.ReferAsync(referrer, await transfers.DefineAsync(to));
        var before = await transfers.ListsAsync(Clinician(from));
        var practice = await transfers.ListsAsync(Practice(referrer));
        var followers = new Dictionary<(string, Worklist), (HashSet<string>, string)>();
        foreach (var list in WorklistRules.ProviderLists)
        {
            foreach (var side in new[] { from, to }) followers[(side, list)] = await transfers.FollowAsync(Clinician(side), list);
        }

        var done = await transfers.TransferAsync(from, to);

        var after = await transfers.ListsAsync(Clinician(to));
        Assert.Equal(("DONE", "8 8 0"), (done["state"]!.GetValue<string>(), Counts(done)));
        foreach (var list in WorklistRules.ProviderLists)
        {
            Assert.Equal(before[list], after[list].Where(ubrn => ubrn != own));
            Assert.Empty((await transfers.ListsAsync(Clinician(from)))[list]);
            Assert.Empty(await transfers.CatchUpAsync(Clinician(from), list, followers[(from, list)]));
            Assert.Equal(after[list].Order(), (await transfers.CatchUpAsync(Clinician(to), list, followers[(to, list)])).Order());
        }

        Assert.Equal(practice, await transfers.ListsAsync(Practice(referrer)));
        foreach (var ubrn in referred)
        {
            Assert.Equal((200, 200), (await transfers.StatusAsync(Clinician(to), ubrn), await transfers.StatusAsync(Clinician(from), ubrn)));
            // What a hospital does not have any more, its successor reads as that hospital was sent it: without the transfer.
            var handed = (await transfers.HistoryAsync(ubrn == referred[3] ? Practice(referrer) : Clinician(to), ubrn))[^1];
            Assert.Equal(
                ("HANDED_OVER", "They merge.", from, to, "OPERATOR", Sample.Operator.User),
                (
                    Text(handed["what"]), Text(handed["why"]), Text(handed["handedOver"]!["from"]), Text(handed["handedOver"]!["to"]),
                    Text(handed["by"]!["role"]), Text(handed["by"]!["user"])));
        }

        Assert.Equal(["SUBMITTED", "RETURNED"], (await transfers.HistoryAsync(Clinician(to), referred[3])).Select(version => Text(version["what"])));
        await transfers.CommandAsync(Clinician(to), referred[4], "accept", [], version: 2);
        using var refused = await _app.CommandAsync(Clinician(from), referred[6], "accept", [], version: 2);
        Assert.Contains("NHSD-End-User-Organisation-ODS NO_RELATIONSHIP", Problems.In(await refused.ProblemAsync(403)));
        foreach (var service in new[] { triage, clinic }) Assert.Equal(to, await ProviderOfAsync(service));
        var late = await transfers.ReferAsync(referrer, triage);
        Assert.Contains(late, (await transfers.ListsAsync(Clinician(to)))[Worklist.ReferralsForReview]);
    }

    [Fact]
    public async Task The_successor_of_a_practice_gets_its_referrals_uploads_and_later_submissions()
    {
        var (from, to) = (transfers.NewOrganisation(), transfers.NewOrganisation());
        var service = await transfers.DefineAsync(transfers.NewOrganisation());
        await transfers.ReferAsync(to, service);
        var first = await transfers.ReferAsync(from, service);
        var file = await _app.UploadAsync(Practice(from));
        var before = await transfers.ListsAsync(Practice(from));
        await _app.Local.PauseTriggersAsync();
        var submission = JourneySteps.Submission(service: service);
        var pending = await _app.SubmitAsync(Practice(from), submission, key: $"pending-{from}");
        using var ordered = await transfers.OrderAsync(from, to);
        Assert.Equal(202, (int)ordered.StatusCode);
        _app.Local.ResumeTriggers();
        await _app.DrainAsync();
        await transfers.FinishAsync();

        var withFile = JourneySteps.Submission(service: service);
        withFile["attachments"] = new JsonArray(file);
        var linked = await _app.SubmitAsync(Practice(to), withFile);
        var late = await _app.SubmitAsync(Practice(from), JourneySteps.Submission(service: service));
        var (old, renewed) = (
            await _app.SubmitAsync(Practice(from), submission, key: $"pending-{from}"),
            await _app.SubmitAsync(Practice(to), submission, key: $"pending-{from}"));
        await _app.SettleAsync();

        var listed = (await transfers.ListsAsync(Practice(to)))[Worklist.AwaitingBooking];
        Assert.Equal([first], before[Worklist.AwaitingBooking]);
        Assert.Equal((pending, pending), (old, renewed));
        Assert.Equal(5, listed.Count);
        foreach (var ubrn in new[] { first, pending, linked, late }) Assert.Contains(ubrn, listed);
        Assert.All(await transfers.ListsAsync(Practice(from)), list => Assert.Empty(list.Value));
        using var read = await _app.GetAsync(Practice(to), $"/v1/referrals/{linked}");
        var referral = await read.JsonAsync();
        Assert.Equal(file, Text(Assert.Single(referral["attachments"]!.AsArray())!["id"]));
        Assert.Null(referral["problems"]);
        Assert.Equal(200, await transfers.StatusAsync(Practice(from), late));
        await transfers.CommandAsync(Practice(to), late, "cancel", new JsonObject { ["reason"] = "PATIENT_DIED" }, version: 2);
    }

    [Fact]
    public async Task A_creation_that_the_successor_of_a_practice_repeats_finds_the_referral_of_the_first_attempt()
    {
        var (from, to) = (transfers.NewOrganisation(), transfers.NewOrganisation());
        var service = await transfers.DefineAsync(transfers.NewOrganisation(), "APPOINTMENT_REQUEST");
        var own = await transfers.ReferAsync(to, await transfers.DefineAsync(transfers.NewOrganisation()));
        var (creation, key) = (ErsSteps.Creation(service), ("Idempotency-Key", $"created-{from}"));
        using var first = await _app.PostCreationAsync(creation.DeepClone(), Practice(from), key);
        var created = await first.ResourceAsync(201);
        await _app.SettleAsync();
        await transfers.TransferAsync(from, to);

        using var repeat = await _app.PostCreationAsync(creation, Practice(to), key);
        await _app.SettleAsync();

        Assert.Equal(Text(created["id"]), Text((await repeat.ResourceAsync(201))["id"]));
        var listed = (await transfers.ListsAsync(Practice(to))).Values.SelectMany(ubrns => ubrns).Distinct();
        Assert.Equal(new[] { own, Text(created["id"]) }.Order(), listed.Order());
    }

    [Fact]
    public async Task The_successor_may_submit_a_letter_that_the_predecessor_uploaded()
    {
        var (from, to) = (transfers.NewOrganisation(), transfers.NewOrganisation());
        var service = await transfers.DefineAsync(transfers.NewOrganisation());
        await transfers.ReferAsync(to, service);
        var ubrn = await transfers.ReferAsync(from, service);
        var file = await _app.UploadAsync(Practice(from), ubrn);
        await transfers.TransferAsync(from, to);

        using var status = await _app.GetAsync(Practice(to), $"/v1/attachments/{file}/status");
        var after = await transfers.CommandAsync(Practice(to), ubrn, "letters", new JsonObject { ["attachments"] = new JsonArray(file) }, version: 2);

        Assert.Equal((200, "PRESENT"), ((int)status.StatusCode, Text(after["letter"]!["status"])));
    }

    [Fact]
    public async Task Only_the_named_services_are_transferred()
    {
        var (from, to, referrer) = await HospitalsAsync();
        var (moving, staying) = (await transfers.DefineAsync(from), await transfers.DefineAsync(from));
        var (moved, stayed) = (await transfers.ReferAsync(referrer, moving), await transfers.ReferAsync(referrer, staying));
        var asReferrer = await transfers.ReferAsync(from, staying);

        var done = await transfers.TransferAsync(from, to, moving);

        Assert.Equal("1 1 0", Counts(done));
        Assert.Equal([moved], (await transfers.ListsAsync(Clinician(to)))[Worklist.ReferralsForReview]);
        Assert.Equal(new[] { stayed, asReferrer }.Order(), (await transfers.ListsAsync(Clinician(from)))[Worklist.ReferralsForReview].Order());
        Assert.Equal([asReferrer], (await transfers.ListsAsync(Practice(from)))[Worklist.AwaitingBooking]);
        Assert.Equal((to, from), (await ProviderOfAsync(moving), await ProviderOfAsync(staying)));
        await transfers.TransferAsync(to, from, moving);
        Assert.Contains(moved, (await transfers.ListsAsync(Clinician(from)))[Worklist.ReferralsForReview]);
        Assert.Equal(from, await ProviderOfAsync(moving));
    }

    [Fact]
    public async Task A_chain_of_transfers_includes_ended_referrals()
    {
        var (first, second, referrer) = await HospitalsAsync();
        var third = transfers.NewOrganisation();
        await transfers.DefineAsync(third);
        var service = await transfers.DefineAsync(first);
        var (open, ended) = (await transfers.ReferAsync(referrer, service), await transfers.ReferAsync(referrer, service));
        await transfers.CommandAsync(Practice(referrer), ended, "cancel", new JsonObject { ["reason"] = "PATIENT_DIED" });
        await _app.SettleAsync();

        await transfers.TransferAsync(first, second);
        var done = await transfers.TransferAsync(second, third);

        Assert.Equal("2 2 0", Counts(done));
        Assert.Equal([open], (await transfers.ListsAsync(Clinician(third)))[Worklist.ReferralsForReview]);
        foreach (var reader in new[] { first, second, third })
        {
            Assert.Equal((200, 200), (await transfers.StatusAsync(Clinician(reader), open), await transfers.StatusAsync(Clinician(reader), ended)));
        }

        using var tooLate = await transfers.OrderAsync(transfers.NewOrganisation(), first);
        Assert.Contains("/to INAPPROPRIATE_VALUE", Problems.In(await tooLate.ProblemAsync(422)));
    }

    [Fact]
    public async Task A_transfer_interrupted_after_any_storage_call_resumes_and_moves_every_referral_once()
    {
        var (from, to, referrer) = await HospitalsAsync();
        var service = await transfers.DefineAsync(from);
        var referred = new List<string>();
        for (var i = 0; i < 4; i++) referred.Add(await transfers.ReferAsync(referrer, service));
        await transfers.CommandAsync(Clinician(from), referred[0], "accept", []);
        await _app.SettleAsync();
        using var ordered = await transfers.OrderAsync(from, to);
        transfers.WhenAllInstancesKnow();

        var stops = 0;
        while (await transfers.RunAndStopAsync(stops + 1)) Assert.True(++stops < 200);
        await _app.SettleAsync();

        var done = await transfers.ReadAsync(ordered.Headers.Location!.ToString());
        var lists = await transfers.ListsAsync(Clinician(to));
        Assert.True(stops > 10);
        Assert.Equal(("DONE", "4 4 0"), (Text(done["state"]), Counts(done)));
        Assert.Equal(referred.Skip(1).Order(), lists[Worklist.ReferralsForReview].Order());
        Assert.Equal([referred[0]], lists[Worklist.AppointmentsForBooking]);
        Assert.All(await transfers.ListsAsync(Clinician(from)), list => Assert.Empty(list.Value));
        foreach (var ubrn in referred) Assert.Single(await transfers.HistoryAsync(Clinician(to), ubrn), version => Text(version["what"]) == "HANDED_OVER");
    }

    [Fact]
    public async Task A_referral_that_cannot_be_moved_is_named_and_is_moved_by_the_same_order_after_repair()
    {
        var (from, to, referrer) = await HospitalsAsync();
        var service = await transfers.DefineAsync(from);
        var (broken, whole) = (await transfers.ReferAsync(referrer, service), await transfers.ReferAsync(referrer, service));
        await _app.SettleAsync();
        var table = new TableClient(_app.Local.Azurite!.Records.ConnectionString, TableKeys.Referrals);
        var row = (await table.GetEntityAsync<TableEntity>(broken, TableKeys.Current(Ubrn.Parse(broken)))).Value;
        await table.UpdateEntityAsync(new TableEntity(row) { ["P0"] = new byte[] { 7, 7, 7 } }, ETag.All, TableUpdateMode.Replace);

        var failed = await transfers.TransferAsync(from, to);
        await table.UpdateEntityAsync(row, ETag.All, TableUpdateMode.Replace);
        var mended = await transfers.TransferAsync(from, to);

        var failure = Assert.Single(failed["failures"]!.AsArray())!;
        Assert.Equal(("DONE_WITH_FAILURES", broken), (Text(failed["state"]), Text(failure["ubrn"])));
        Assert.Equal(1, failed["counts"]!["moved"]!.GetValue<int>());
        Assert.Equal((Text(failed["id"]), "DONE", "2 2 0"), (Text(mended["id"]), Text(mended["state"]), Counts(mended)));
        Assert.Null(mended["failures"]);
        Assert.Equal(new[] { broken, whole }.Order(), (await transfers.ListsAsync(Clinician(to)))[Worklist.ReferralsForReview].Order());
    }

    [Fact]
    public async Task A_repeated_order_is_the_same_transfer_and_a_contradicting_order_is_rejected()
    {
        var (from, to, _) = await HospitalsAsync();
        var third = transfers.NewOrganisation();
        await transfers.DefineAsync(third);

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(number => transfers.OrderAsync(from, number % 2 == 0 ? to : third)));
        var accepted = answers.Where(answer => (int)answer.StatusCode == 202).Select(answer => answer.Headers.Location!.ToString()).Distinct().ToArray();
        var winner = Text((await transfers.ReadAsync(Assert.Single(accepted)))["to"]);
        using var onwards = await transfers.OrderAsync(winner, winner == to ? third : to);
        await transfers.FinishAsync();
        using var again = await transfers.OrderAsync(from, winner);
        using var other = await transfers.OrderAsync(from, winner == to ? third : to);

        Assert.Equal(3, answers.Count(answer => (int)answer.StatusCode == 409));
        await onwards.ProblemAsync(409);
        Assert.Equal((202, accepted[0]), ((int)again.StatusCode, again.Headers.Location!.ToString()));
        Assert.Equal("urn:ereferrals:problem:transfer-conflict", Text((await other.ProblemAsync(409))["type"]));
        Assert.Contains(accepted[0].Split('/')[^1], (await transfers.ReadAsync(TransferApp.Transfers))["transfers"]!.AsArray().Select(one => Text(one!["id"])));
    }

    [Fact]
    public async Task A_finished_transfer_runs_again_when_it_is_ordered_again()
    {
        var (from, to, _) = await HospitalsAsync();
        var done = await transfers.TransferAsync(from, to);

        using var again = await transfers.OrderAsync(from, to);
        var running = await again.JsonAsync();
        using var meanwhile = await transfers.OrderAsync(from, to);
        await transfers.FinishAsync();
        var finished = await transfers.ReadAsync(again.Headers.Location!.ToString());

        Assert.Equal((Text(done["id"]), "DONE"), (Text(running["id"]), Text(done["state"])));
        Assert.Equal(("RUNNING", "RUNNING", "DONE"), (Text(running["state"]), Text((await meanwhile.JsonAsync())["state"]), Text(finished["state"])));
    }

    [Fact]
    public async Task A_transfer_back_is_rejected_because_a_transfer_cannot_be_reversed()
    {
        var (from, to, _) = await HospitalsAsync();
        await transfers.TransferAsync(from, to);

        using var back = await transfers.OrderAsync(to, from);

        var error = Assert.Single((await back.ProblemAsync(422))["errors"]!.AsArray())!;
        Assert.Equal(("/to", "INAPPROPRIATE_VALUE"), (Text(error["pointer"]), Text(error["code"])));
        Assert.Contains("cannot be reversed", Text(error["message"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invalid_transfer_is_rejected_with_all_errors()
    {
        var (from, to, _) = await HospitalsAsync();
        var serviceOfSuccessor = await transfers.DefineAsync(to);

        using var unknown = await transfers.OrderAsync("ZZ901", "ZZ902", "999999");
        using var same = await transfers.OrderAsync(from, from, serviceOfSuccessor);
        using var form = await _app.PostAsync(
            Sample.Operator, TransferApp.Transfers, new JsonObject { ["from"] = "r69", ["services"] = new JsonArray(), ["x"] = 1 });
        using var canary = await transfers.OrderAsync(from, "X0000");
        using var missing = await _app.GetAsync(Sample.Operator, $"{TransferApp.Transfers}/{Guid.NewGuid()}");

        Assert.Equal(
            ["/from REFERENCE_NOT_FOUND", "/services/0 REFERENCE_NOT_FOUND", "/to REFERENCE_NOT_FOUND"], Problems.In(await unknown.ProblemAsync(422)).Order());
        Assert.Equal(["/services/0 INAPPROPRIATE_VALUE", "/to CONFLICTING_VALUES"], Problems.In(await same.ProblemAsync(422)).Order());
        Assert.Equal(
            ["/from INVALID_VALUE", "/reason MISSING_VALUE", "/services MISSING_VALUE", "/to MISSING_VALUE", "/x UNEXPECTED_FIELD"],
            Problems.In(await form.ProblemAsync(422)).Order());
        Assert.Equal(["/to REFERENCE_NOT_FOUND"], Problems.In(await canary.ProblemAsync(422)));
        await missing.ProblemAsync(404);
    }

    [Fact]
    public async Task The_predecessor_can_no_longer_define_a_transferred_service()
    {
        var (from, to, _) = await HospitalsAsync();
        await transfers.TransferAsync(from, to);

        using var refused = await transfers.PutAsync("889999", from, JourneySteps.TriageService(from));

        await refused.ProblemAsync(403);
    }

    private async Task<(string From, string To, string Referrer)> HospitalsAsync()
    {
        var (from, to) = (transfers.NewOrganisation(), transfers.NewOrganisation());
        foreach (var hospital in new[] { from, to }) await transfers.DefineAsync(hospital);
        return (from, to, transfers.NewOrganisation());
    }

    private async Task<string> ProviderOfAsync(string service)
    {
        using var response = await _app.GetAsync(Sample.ReferringClinician, $"/v1/services/{service}");
        return Text((await response.JsonAsync())["provider"]);
    }

    private static string Counts(JsonObject transfer) => $"{transfer["counts"]!["found"]} {transfer["counts"]!["moved"]} {transfer["counts"]!["failed"]}";

    private static string Text(JsonNode? node) => node!.GetValue<string>();
}
