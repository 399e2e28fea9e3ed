using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using EReferrals.Lifecycle;
using EReferrals.Processing;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Services;
using EReferrals.Tests.Transfers;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Journeys;

/// <summary>
/// Possible duplicates when the app is interrupted after any storage call, when the store does not respond, and the number of calls that they cost.
/// </summary>
public sealed class DuplicateStopTests(TransferApp transfers) : IClassFixture<TransferApp>
{
    private const int MostStops = 60;

    private static int _submissions;

    private readonly RunningApp _app = transfers.App;

    [Fact]
    public async Task A_submission_interrupted_after_any_storage_call_and_its_duplicates_name_each_other()
    {
        var places = await PlacesAsync();
        var stops = 0;
        for (var isStopped = true; isStopped; stops++)
        {
            Assert.True(stops < MostStops);
            var patient = InventedPatient.NhsNumber();
            string[] earlier = [await ReferAsync(places, patient, places.Here), await ReferAsync(places, patient, places.Here)];
            await _app.SettleAsync();
            var submission = SubmissionOf(places, patient);

            isStopped = await transfers.RunAndStopAsync(stops + 1, () => ProcessAsync(submission));
            // The broker redelivers the message.
            await ProcessAsync(submission);
            await _app.SettleAsync();

            await AllAreNamedAsync(places, [.. earlier, submission.Ubrn.ToString()]);
        }

        Assert.InRange(stops, 7, MostStops);
    }

    [Theory]
    [InlineData("accept")]
    [InlineData("cancel")]
    [InlineData("redirect")]
    [InlineData("patient")]
    public async Task Every_referral_names_the_right_duplicates_after_a_command_interrupted_after_any_storage_call(string what)
    {
        var places = await PlacesAsync();
        var elsewhere = await _app.Services.GetRequiredService<ServiceDirectory>().FindNowAsync(places.Elsewhere, default);
        var stops = 0;
        for (var isStopped = true; isStopped; stops++)
        {
            Assert.True(stops < MostStops);
            var (patient, other) = (InventedPatient.NhsNumber(), InventedPatient.NhsNumber());
            var first = await ReferAsync(places, patient, places.Here);
            string[] all =
            [
                first, await ReferAsync(places, patient, places.Here), await ReferAsync(places, patient, places.Elsewhere),
                await ReferAsync(places, other, places.Here),
            ];
            // Only a returned referral can be redirected.
            if (what == "redirect")
            {
                await transfers.CommandAsync(TransferApp.Clinician(places.Hospital), first, "return", new JsonObject { ["comments"] = "Not for us" });
            }

            await _app.SettleAsync();
            (Actor Actor, Command Command) command = what switch
            {
                "accept" => (TransferApp.Clinician(places.Hospital), new Command.Accept()),
                "cancel" => (TransferApp.Practice(places.Practice), new Command.Cancel("PATIENT_DIED")),
                "redirect" => (TransferApp.Practice(places.Practice), new Command.Redirect(new NamedService(places.Elsewhere, elsewhere))),
                _ =>
                    (
                        TransferApp.Practice(places.Practice),
                        new Command.CorrectPatient(new Patient(NhsNumber.Parse(other), "Jones", "Bea", null), "The sister")),
            };

            isStopped = await transfers.RunAndStopAsync(
                stops + 1, () => ChangeAsync(first, command.Actor, command.Command, version: what == "redirect" ? 2 : 1));
            await _app.SettleAsync();

            await AllAreNamedAsync(places, all);
        }

        Assert.InRange(stops, 3, MostStops);
    }

    [Theory]
    [InlineData("submit", "cancel it")]
    [InlineData("submit", "submit")]
    [InlineData("submit", "accept")]
    [InlineData("submit", "patient")]
    [InlineData("accept", "submit")]
    [InlineData("cancel", "submit")]
    [InlineData("cancel", "accept")]
    [InlineData("patient", "submit")]
    [InlineData("patient", "cancel")]
    public async Task Every_referral_names_the_right_duplicates_after_a_change_between_any_two_storage_calls(string what, string between)
    {
        var places = await PlacesAsync();
        var calls = 0;
        for (var isInterrupted = true; isInterrupted; calls++)
        {
            Assert.True(calls < MostStops);
            var (patient, other) = (InventedPatient.NhsNumber(), InventedPatient.NhsNumber());
            string[] earlier =
            [
                await ReferAsync(places, patient, places.Here), await ReferAsync(places, patient, places.Here), await ReferAsync(places, other, places.Here)
            ];
            await _app.SettleAsync();
            var (one, two) = (SubmissionOf(places, patient), SubmissionOf(places, patient));

            isInterrupted = await transfers.RunAndInterruptAsync(
                calls + 1, () => DoAsync(what, earlier[0], one),
                () => DoAsync(between, between == "cancel it" ? one.Ubrn.ToString() : earlier[what == "submit" ? 0 : 1], two));
            // Does not wait for the follow-ups of the commands, which would repair everything later.
            await _app.DrainAsync();

            var submitted = new[] { (what, one), (between, two) }.Where(done => done.Item1 == "submit").Select(done => done.Item2.Ubrn.ToString());
            await AllAreNamedAsync(places, [.. earlier, .. submitted]);

            Task DoAsync(string step, string ubrn, Submission submission) => step switch
            {
                "submit" => ProcessAsync(submission),
                "accept" => ChangeAsync(ubrn, TransferApp.Clinician(places.Hospital), new Command.Accept()),
                "cancel" or "cancel it" => ChangeAsync(ubrn, TransferApp.Practice(places.Practice), new Command.Cancel("PATIENT_DIED")),
                _ =>
                    ChangeAsync(
                        ubrn, TransferApp.Practice(places.Practice),
                        new Command.CorrectPatient(new Patient(NhsNumber.Parse(other), "Jones", "Bea", null), "The sister")),
            };
        }

        Assert.InRange(calls, 4, MostStops);
    }

    [Fact]
    public async Task A_redelivered_submission_changes_nothing_after_the_referral_has_moved_on()
    {
        var places = await PlacesAsync();
        var patient = InventedPatient.NhsNumber();
        var first = await ReferAsync(places, patient, places.Here);
        var (cancelled, corrected) = (SubmissionOf(places, patient), SubmissionOf(places, patient));
        foreach (var submission in new[] { cancelled, corrected }) await ProcessAsync(submission);
        await _app.SettleAsync();
        await transfers.CommandAsync(
            TransferApp.Practice(places.Practice), cancelled.Ubrn.ToString(), "cancel", new JsonObject { ["reason"] = "PATIENT_DIED" });
        await transfers.CommandAsync(
            TransferApp.Practice(places.Practice), corrected.Ubrn.ToString(), "patient",
            new JsonObject { ["nhsNumber"] = InventedPatient.NhsNumber(), ["reason"] = "The sister" });
        await _app.SettleAsync();

        foreach (var submission in new[] { cancelled, corrected }) await ProcessAsync(submission);
        await _app.SettleAsync();

        await AllAreNamedAsync(places, [first, cancelled.Ubrn.ToString(), corrected.Ubrn.ToString()]);
    }

    [Fact]
    public async Task Duplicate_marks_follow_the_referrals_to_the_successor_hospital_and_practice()
    {
        var places = await PlacesAsync();
        var (hospital, practice, patient) = (transfers.NewOrganisation(), transfers.NewOrganisation(), InventedPatient.NhsNumber());
        await transfers.DefineAsync(hospital);
        await transfers.ReferAsync(practice, places.Elsewhere);
        string[] all = [await ReferAsync(places, patient, places.Here), await ReferAsync(places, patient, places.Here)];
        await _app.SettleAsync();

        await transfers.TransferAsync(places.Hospital, hospital);
        await transfers.TransferAsync(places.Practice, practice);
        var after = places with { Hospital = hospital, Practice = practice };
        var late = await ReferAsync(after, patient, places.Here);
        await _app.SettleAsync();

        await AllAreNamedAsync(after, [.. all, late]);
    }

    [Fact]
    public async Task A_read_leaves_possible_duplicates_out_when_they_are_slow_or_unavailable()
    {
        var places = await PlacesAsync();
        var patient = InventedPatient.NhsNumber();
        var first = await ReferAsync(places, patient, places.Here);
        var second = await ReferAsync(places, patient, places.Here);
        await _app.SettleAsync();
        var isAnswered = new TaskCompletionSource();

        transfers.Tables.Before = visit => visit.Path.Contains("patient:", StringComparison.Ordinal) ? isAnswered.Task : Task.CompletedTask;
        var slow = await ReadAsync(places, first);
        isAnswered.SetResult();
        transfers.Tables.Before = null;
        transfers.Tables.Refused = "patient:";
        var refused = await ReadAsync(places, first);
        transfers.Tables.Refused = null;

        Assert.Equal((null, null), (slow["possibleDuplicates"], refused["possibleDuplicates"]));
        Assert.Equal(second, await _app.NamedAsync(TransferApp.Practice(places.Practice), first));
    }

    [Fact]
    public async Task Duplicate_detection_costs_one_write_and_one_read_per_new_patient_one_read_per_GET_and_nothing_per_poll()
    {
        var places = await PlacesAsync();
        var visits = new ConcurrentQueue<ProxiedRequest>();
        transfers.Tables.Before = visit =>
        {
            visits.Enqueue(visit);
            return Task.CompletedTask;
        };
        await _app.Local.PauseTriggersAsync();
        var ubrn = await ReferAsync(places, InventedPatient.NhsNumber(), places.Here);
        var accepted = Taken();
        _app.Local.ResumeTriggers();
        await _app.DrainAsync();
        var processed = Taken();
        await EntriesAsync(TransferApp.Clinician(places.Hospital));
        await EntriesAsync(TransferApp.Clinician(places.Hospital));
        var polled = Taken();
        await ReadAsync(places, ubrn);
        var read = Taken();
        transfers.Tables.Before = null;

        Assert.Equal(0, Asked(accepted));
        Assert.Equal(
            (1, 1), (Asked(processed), processed.Count(visit => visit.Method == "GET" && visit.Path.Contains($"current:{ubrn}", StringComparison.Ordinal))));
        Assert.Equal(0, Asked(polled));
        Assert.Equal(1, Asked(read));

        ProxiedRequest[] Taken()
        {
            var taken = visits.ToArray();
            visits.Clear();
            return taken;
        }

        static int Asked(ProxiedRequest[] visits) => visits.Count(visit => (visit.Path + visit.Body).Contains("patient:", StringComparison.Ordinal));
    }

    // Computes the expected duplicates from the API's data of each referral, independently of the product's rules.
    private async Task AllAreNamedAsync(Places places, string[] all)
    {
        var referrals = new Dictionary<string, JsonObject>();
        foreach (var ubrn in all) referrals[ubrn] = await ReadAsync(places, ubrn);
        foreach (var ubrn in all) Assert.Equal(OthersOf(ubrn), await NamedAsync(ubrn));
        var shown = new List<string>();
        Actor[] readers = [TransferApp.Practice(places.Practice), TransferApp.Clinician(places.Hospital), TransferApp.Clinician(places.OtherHospital)];
        foreach (var reader in readers)
        {
            foreach (var entry in (await EntriesAsync(reader)).Where(entry => all.Contains((string)entry["ubrn"]!)))
            {
                var ubrn = (string)entry["ubrn"]!;
                shown.Add(ubrn);
                Assert.Equal((ubrn, (int)referrals[ubrn]["version"]!), (ubrn, (int)entry["version"]!));
                Assert.Equal((ubrn, OthersOf(ubrn)), (ubrn, string.Join(' ', DuplicateSteps.Names(entry).Split(' ').Order())));
            }
        }

        Assert.All(all.Where(ubrn => (string)referrals[ubrn]["state"]! == "AWAITING_TRIAGE"), ubrn => Assert.Equal(2, shown.Count(one => one == ubrn)));

        string OthersOf(string ubrn) =>
            IsOpen(ubrn) ? string.Join(' ', all.Where(other => other != ubrn && IsOpen(other) && Key(other) == Key(ubrn)).Order()) : "";

        bool IsOpen(string ubrn) => (string)referrals[ubrn]["status"]! == "active";

        (string, string) Key(string ubrn) => ((string)referrals[ubrn]["service"]!["id"]!, (string)referrals[ubrn]["patient"]!["nhsNumber"]!);

        async Task<string> NamedAsync(string ubrn) =>
            string.Join(' ', (await _app.NamedAsync(TransferApp.Practice(places.Practice), ubrn)).Split(' ').Order());
    }

    private async Task<IReadOnlyList<JsonObject>> EntriesAsync(Actor actor)
    {
        transfers.WhenAllInstancesKnow();
        var entries = new List<JsonObject>();
        foreach (var list in WorklistRules.VisibleTo(actor.Role)) entries.AddRange(await _app.EntriesAsync(actor, list));
        return entries;
    }

    private async Task<JsonObject> ReadAsync(Places places, string ubrn)
    {
        using var read = await _app.ReadPatientlyAsync(TransferApp.Practice(places.Practice), $"/v1/referrals/{ubrn}");
        Assert.Equal(200, (int)read.StatusCode);
        return await read.JsonAsync();
    }

    private Task<string> ReferAsync(Places places, string patient, string service) =>
        _app.SubmitAsync(TransferApp.Practice(places.Practice), DuplicateSteps.Referring(patient, service));

    private Task ProcessAsync(Submission submission) =>
        _app.Services.GetRequiredService<SubmissionProcessing>().ProcessAsync(submission, CancellationToken.None);

    private Task<ChangeOutcome> ChangeAsync(string ubrn, Actor actor, Command command, int version = 1) =>
        _app.Services.GetRequiredService<ChangeReferral>().ApplyAsync(Ubrn.Parse(ubrn), version, command, actor, "stop", default);

    private static Submission SubmissionOf(Places places, string patient) => Sample.Submission() with
    {
        Ubrn = Ubrn.FromSequence(70_000_000_000 + Interlocked.Increment(ref _submissions)),
        Patient = new Patient(NhsNumber.Parse(patient), "Jones", "Ann", null),
        Service = places.Here,
        LetterIntention = LetterIntention.NotIntendingToAdd,
        Referrer = new Referrer(places.Practice, Sample.ReferringClinician.User, Sample.ReferringClinician.User),
        By = TransferApp.Practice(places.Practice),
    };

    private async Task<Places> PlacesAsync()
    {
        var (hospital, other) = (transfers.NewOrganisation(), transfers.NewOrganisation());
        return new Places(transfers.NewOrganisation(), hospital, other, await transfers.DefineAsync(hospital), await transfers.DefineAsync(other));
    }

    private sealed record Places(string Practice, string Hospital, string OtherHospital, string Here, string Elsewhere);
}
