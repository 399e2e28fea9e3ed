using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Tests.Referrals;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Journeys;

/// <summary>
/// Sends every command in every situation of a referral over HTTP. The expected states are those of <see cref="Commanded"/>, the contract's table of commands.
/// This test adds what else a situation decides, such as a review or an owed letter, and the expected worklists.
/// </summary>
[Collection(Journey.Name)]
public class LifecycleWalkTests(SharedApp shared)
{
    private const string Triage = "50001";
    private const string Clinic = "11000";
    private const string Elsewhere = "60001";

    private static readonly Actor Application = new("provider-system", Sample.Provider, Role.ProviderAuthorisedApplication);

    private static readonly Step Accept = new("accept", Sample.ProviderClinician, Leads<Command.Accept>());
    private static readonly Step AcceptByApplication = new("accept", Application, Leads<Command.Accept>());
    private static readonly Step Return = new("return", Sample.ProviderClinician, Leads<Command.Return>()) { Body = { ["comments"] = "Statins first" } };
    private static readonly Step Reject = new("reject", Sample.ProviderClinician, Leads<Command.Reject>())
    {
        Body = { ["reason"] = "SERVICE_INAPPROPRIATE" },
    };
    private static readonly Step Book = new("book", Sample.ProviderAdmin, Leads<Command.Book>())
    {
        Body = { ["start"] = InDays(0), ["end"] = InDays(1) },
    };
    private static readonly Step CancelByPatient = new(
        "appointment/cancel", Sample.ReferringClinician, Leads<Command.CancelAppointment>(row => !row.By.Role.IsProviding()))
    {
        Body = { ["reason"] = "PATIENT_ILL" },
    };
    private static readonly Step CancelByProvider = new(
        "appointment/cancel", Sample.ProviderAdmin, Leads<Command.CancelAppointment>(row => row.By.Role.IsProviding()))
    {
        Body = { ["reason"] = "CLINIC_CANCELLED" },
    };
    private static readonly Step Absent = new("appointment/outcome", Sample.ProviderAdmin, LeadsOutcome(AppointmentOutcome.DidNotAttend))
    {
        Body = { ["outcome"] = "DID_NOT_ATTEND", ["reason"] = "PATIENT_FORGOT" },
    };
    private static readonly Step Assessed = new("appointment/outcome", Sample.ProviderAdmin, LeadsOutcome(AppointmentOutcome.Assessed))
    {
        Body = { ["outcome"] = "ASSESSED" },
    };
    private static readonly Step Attended = new("appointment/outcome", Sample.ProviderAdmin, LeadsOutcome(AppointmentOutcome.Attended))
    {
        Body = { ["outcome"] = "ATTENDED" },
    };
    private static readonly Step BackToBooked = new("appointment/outcome/correct", Sample.ProviderAdmin, Leads<Command.CorrectOutcome>())
    {
        Body = { ["outcome"] = "NONE", ["reason"] = "Wrong patient" },
    };
    private static readonly Step AttendedAfterAll = new("appointment/outcome/correct", Sample.ProviderAdmin, Leads<Command.CorrectOutcome>())
    {
        Body = { ["outcome"] = "ATTENDED", ["reason"] = "Found in the waiting room" },
    };
    private static readonly Step RedirectToTriage = new("redirect", Sample.ReferringClinician, LeadsRedirect(ReferralState.AwaitingTriage))
    {
        Body = { ["service"] = Elsewhere },
    };
    private static readonly Step RedirectToClinic = new("redirect", Sample.ReferringClinician, LeadsRedirect(ReferralState.DeferredToProvider))
    {
        Body = { ["service"] = Clinic },
    };
    private static readonly Step Acknowledge = new(
        "acknowledge", Sample.ReferringClinician with { Role = Role.ReferringAdmin }, Leads<Command.Acknowledge>())
    {
        Body = { ["comments"] = "Told the patient" },
    };
    private static readonly Step Patient = new("patient", Sample.ReferringClinician, Leads<Command.CorrectPatient>())
    {
        Body = { ["nhsNumber"] = "9462979626", ["reason"] = "The brother's number" },
    };
    private static readonly Step NoLetter = new("letters", Sample.ReferringClinician, Leads<Command.ChangeLetters>())
    {
        Body = { ["letter"] = "NOT_INTENDING_TO_ADD" },
    };
    private static readonly Step Letters = new("letters", Sample.ReferringClinician, Leads<Command.ChangeLetters>());
    private static readonly Step End = new("cancel", Sample.ReferringClinician, Leads<Command.Cancel>(row => !row.By.Role.IsProviding()))
    {
        Body = { ["reason"] = "REFERRER_CANCELLATION" },
    };
    private static readonly Step EndAsTriaged = new("cancel", Sample.ProviderClinician, Leads<Command.Cancel>(row => row.By.Role.IsProviding()))
    {
        Body = { ["reason"] = "TRIAGE_ENDED" },
    };
    private static readonly Step EndAsDied = new("cancel", Sample.ProviderClinician, End.Leads) { Body = { ["reason"] = "PATIENT_DIED" } };

    private static readonly Step[] Commands =
    [
        Accept, AcceptByApplication, Return, Reject, Book, CancelByPatient, CancelByProvider, Absent, Assessed, Attended, BackToBooked, AttendedAfterAll,
        RedirectToTriage,
        RedirectToClinic, Acknowledge, Patient, NoLetter, Letters, End, EndAsTriaged, EndAsDied,
    ];

    private static readonly Situation[] Situations =
    [
        new("awaiting triage", Triage, [], ReferralState.AwaitingTriage),
        new("awaiting triage, letter owed", Triage, [], ReferralState.AwaitingTriage) { OwesLetter = true },
        new("deferred", Clinic, [], ReferralState.DeferredToProvider),
        new("deferred, letter owed", Clinic, [], ReferralState.DeferredToProvider) { OwesLetter = true },
        new("triaged", Triage, [Accept], ReferralState.TriagedProviderToAction) { IsReviewed = true },
        new("returned", Triage, [Return], ReferralState.TriageResponse) { IsReviewed = true },
        new("booked, not reviewed", Clinic, [Book], ReferralState.Booked),
        new("booked, not reviewed, letter owed", Clinic, [Book], ReferralState.Booked) { OwesLetter = true },
        new("booked, reviewed", Clinic, [Book, Accept], ReferralState.Booked) { IsReviewed = true },
        new("booked after triage", Triage, [Accept, Book], ReferralState.Booked) { IsReviewed = true },
        new("booked, letter changed", Clinic, [Book, Accept, Letters], ReferralState.Booked),
        new("triaged, letter changed, booked", Triage, [Accept, Letters, Book], ReferralState.Booked),
        new("rejected", Clinic, [Book, Reject], ReferralState.Rejected) { IsReviewed = true },
        new("cancelled by the patient", Clinic, [Book, CancelByPatient], ReferralState.ApptCancelledByPatient),
        new("cancelled by the provider", Clinic, [Book, Accept, CancelByProvider], ReferralState.ApptCancelledByProvider) { IsReviewed = true },
        new("absent", Clinic, [Book, Absent], ReferralState.DidNotAttend),
        new("assessed", Clinic, [Book, Assessed], ReferralState.AssessmentResult) { IsReviewed = true },
        new("attended", Clinic, [Book, Attended], ReferralState.Booked) { IsReviewed = true, IsCompleted = true },
        new("ended by the referrer", Triage, [End], ReferralState.CancelledReferral) { Ended = Sample.ReferringClinician },
        new("ended by the provider", Triage, [Accept, EndAsTriaged], ReferralState.CancelledReferral) { IsReviewed = true, Ended = Sample.ProviderClinician },
        new("not booked", Clinic, [], ReferralState.NotBooked) { IsShortlisted = true, HasNoProvider = true },
        new("not booked, letter owed", Clinic, [], ReferralState.NotBooked) { IsShortlisted = true, HasNoProvider = true, OwesLetter = true },
    ];

    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task Every_command_in_every_situation_leads_where_the_contract_says_or_is_rejected_with_the_rule()
    {
        var cases = await BuildAsync();
        var faults = new ConcurrentQueue<string>();
        await AtOnceAsync(cases, one => one.Tried is null ? RefuseAllAsync(one, faults) : AllowAsync(one, faults));
        await _app.DrainAsync();

        var lists = await ListsAsync();
        foreach (var one in cases)
        {
            var expected = string.Join(", ", ExpectedLists(one.Now).Order());
            var actual = string.Join(", ", lists.Where(list => list.Value.Contains(one.Ubrn)).Select(list => list.Key.ToString()).Order());
            if (expected != actual) faults.Enqueue($"{one.Name}: on [{actual}] instead of [{expected}]");
        }

        Assert.True(faults.IsEmpty, string.Join('\n', faults));
    }

    private static async Task AtOnceAsync<T>(IEnumerable<T> items, Func<T, Task> work) =>
        await Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (item, _) => await work(item));

    // Creates one referral for all refused commands of a situation, and one for each allowed command.
    private async Task<IReadOnlyList<Case>> BuildAsync()
    {
        var cases = Situations
            .SelectMany(situation => Commands.Where(command => After(situation, command) is not null).Cast<Step?>().Prepend(null)
                .Select(command => new Case(situation, command)))
            .ToArray();
        await AtOnceAsync(cases, async one =>
        {
            var submission = JourneySteps.Submission("URGENT", one.From.Service);
            submission["letter"] = one.From.OwesLetter ? "NEED_TO_ADD_LATER" : "NOT_INTENDING_TO_ADD";
            one.Ubrn = await _app.SubmitAsync(Sample.ReferringClinician, submission);
        });
        await _app.DrainAsync();
        await AtOnceAsync(cases, async one =>
        {
            foreach (var step in one.From.Steps)
            {
                using var response = await SendAsync(one, step);
                Assert.True(response.IsSuccessStatusCode, $"{one.Name}: {step.Path} was refused.");
                one.Version++;
            }

            if (one.From.IsShortlisted) await ShortlistAsync(one);
        });
        return cases;
    }

    private async Task ShortlistAsync(Case one)
    {
        var letter = one.From.OwesLetter ? "NEED_TO_ADD_LATER" : "NOT_INTENDING_TO_ADD";
        var choice = new JsonObject { ["shortlist"] = new JsonArray(Clinic), ["priority"] = "URGENT", ["letter"] = letter };
        using var response = await _app.CommandAsync(Sample.ReferringClinician, one.Ubrn, "shortlist", choice, one.Version);
        Assert.True(response.IsSuccessStatusCode, $"{one.Name}: the shortlist was refused.");
        one.Version++;
    }

    private async Task AllowAsync(Case one, ConcurrentQueue<string> faults)
    {
        using var response = await SendAsync(one, one.Tried!);
        var answer = await response.JsonAsync();
        var expected = $"200 {Code.From(one.Now.State)} W/\"{one.Version + 1}\"";
        var actual = $"{(int)response.StatusCode} {answer["state"] ?? answer} {response.Headers.ETag}";
        if (expected != actual) faults.Enqueue($"{one.Name}: {actual} instead of {expected}");
    }

    private async Task RefuseAllAsync(Case one, ConcurrentQueue<string> faults)
    {
        foreach (var command in Commands.Where(command => After(one.From, command) is null))
        {
            using var response = await SendAsync(one, command);
            var said = (await response.JsonAsync()).ToJsonString();
            var (status, rule) = WhyNot(one.From, command);
            if ((int)response.StatusCode != status || !said.Contains($"({rule})", StringComparison.Ordinal))
            {
                faults.Enqueue($"{one.Name}: {command.Path} gave {(int)response.StatusCode} {said} instead of {status} ({rule})");
            }
        }

        using var read = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{one.Ubrn}");
        if (read.Headers.ETag?.ToString() != $"W/\"{one.Version}\"") faults.Enqueue($"{one.Name}: a refused command changed it");
    }

    private async Task<HttpResponseMessage> SendAsync(Case one, Step step)
    {
        var body = (JsonObject)step.Body.DeepClone();
        if (step == Letters) body["attachments"] = new JsonArray(await _app.UploadAsync(Sample.ReferringClinician, one.Ubrn));
        HttpResponseMessage? answer = null;
        // A busy machine may respond with 429 or 503. Nothing has happened then, and the request is repeated as any client would.
        await Eventually.TrueAsync(async () =>
        {
            answer?.Dispose();
            answer = await _app.CommandAsync(step.By, one.Ubrn, step.Path, body, one.Version);
            return answer.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable);
        });
        return answer!;
    }

    private async Task<IReadOnlyDictionary<WorklistName, HashSet<string>>> ListsAsync()
    {
        var lists = new Dictionary<WorklistName, HashSet<string>>();
        foreach (var (reader, names) in new[]
        {
            (Sample.ProviderClinician, WorklistRules.ProviderLists), (Sample.ProviderClinician with { Organisation = "RCD" }, WorklistRules.ProviderLists),
            (Sample.ReferringClinician, WorklistRules.ReferrerLists),
        })
        {
            foreach (var name in names) lists[new WorklistName(reader.Organisation, name)] = [.. await _app.ListedAsync(reader, name)];
        }

        return lists;
    }

    // The situation after the command; null where the command is refused.
    private static Situation? After(Situation was, Step command)
    {
        if (was.IsCompleted) return command == BackToBooked ? was with { IsCompleted = false, IsReviewed = false } : null;
        if (was.State == ReferralState.CancelledReferral)
        {
            return command == Acknowledge && was.Ended == Sample.ProviderClinician && !was.IsAcknowledged ? was with { IsAcknowledged = true } : null;
        }

        if (!command.Leads.TryGetValue(was.State, out var state) || IsRefusedInAnAllowedState(was, command)) return null;
        var now = was with { State = state };
        return command.Path switch
        {
            "accept" or "return" or "reject" => now with { IsReviewed = true },
            "appointment/outcome" when command == Assessed => now with { IsReviewed = true },
            "appointment/outcome" when command == Attended => now with { IsReviewed = true, IsCompleted = true },
            "appointment/outcome/correct" when command == AttendedAfterAll => now with { IsReviewed = true, IsCompleted = true },
            // No referral of this test was reviewed before its outcome was recorded.
            "appointment/outcome/correct" => now with { IsReviewed = false },
            "redirect" => now with { Service = (string)command.Body["service"]!, IsReviewed = false, HasNoProvider = false },
            "acknowledge" => now with { IsAcknowledged = true },
            "patient" => now with { IsCorrected = true, IsReviewed = was.IsReviewed && !IsWithProvider(was) },
            "letters" => now with { OwesLetter = false, IsReviewed = was.IsReviewed && (command == NoLetter || !IsWithProvider(was)) },
            "cancel" => now with { Ended = command.By },
            _ => now,
        };
    }

    // The table of commands is about a referral that has a provider, was not reviewed and owes no letter.
    private static bool IsRefusedInAnAllowedState(Situation was, Step command) =>
        (was.HasNoProvider && command.By.Role.IsProviding())
        || command.Path switch
        {
            "accept" or "return" when was.State == ReferralState.DeferredToProvider => was.OwesLetter,
            "accept" or "reject" when was.State == ReferralState.Booked => was.IsReviewed,
            "letters" when command == NoLetter => !was.OwesLetter,
            // A triaged referral ends with a reason of triage.
            "cancel" when command == EndAsDied => was.State == ReferralState.TriagedProviderToAction,
            _ => false,
        };

    private static bool IsWithProvider(Situation was) => was.State is ReferralState.AwaitingTriage or ReferralState.DeferredToProvider
        or ReferralState.TriagedProviderToAction or ReferralState.Booked or ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider;

    private static (int Status, string Rule) WhyNot(Situation was, Step command)
    {
        if (was.HasNoProvider && command.By.Role.IsProviding()) return (403, "ActorHasRelationship");
        if (command.Path == "cancel" && !was.IsCompleted && was.State != ReferralState.CancelledReferral) return (422, "ReasonMustSuit");
        if (was.IsCompleted && command == AttendedAfterAll) return (422, "OutcomeMustDiffer");
        return (422, command.Path switch
        {
            "accept" => "StateAllowsAccept",
            "return" => "StateAllowsReturn",
            "reject" => "StateAllowsReject",
            "book" => "StateAllowsBook",
            "appointment/cancel" => "StateAllowsCancelAppointment",
            "appointment/outcome" => "StateAllowsRecordOutcome",
            "appointment/outcome/correct" => "StateAllowsCorrectOutcome",
            "redirect" => "StateAllowsRedirect",
            "acknowledge" => "StateAllowsAcknowledge",
            "patient" => "StateAllowsCorrectPatient",
            "letters" when command == NoLetter && !was.IsCompleted && was.State != ReferralState.CancelledReferral => "LettersMustDiffer",
            "letters" => "StateAllowsChangeLetters",
            _ => "StateAllowsCancel",
        });
    }

    // ers-api.md 5.6, with the rulings on letters and on completed referrals.
    private static IEnumerable<string> ExpectedLists(Situation now)
    {
        if (now.IsCompleted || now.IsAcknowledged) yield break;
        var provider = now.Service == Elsewhere ? "RCD" : "R69";
        var providerList = now.State switch
        {
            ReferralState.AwaitingTriage => "REFERRALS_FOR_REVIEW",
            ReferralState.Booked when !now.IsReviewed && (!now.OwesLetter || now.IsCorrected) => "REFERRALS_FOR_REVIEW",
            ReferralState.DeferredToProvider => "APPOINTMENT_SLOT_ISSUES",
            ReferralState.TriagedProviderToAction or ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider =>
                "APPOINTMENTS_FOR_BOOKING",
            _ => null,
        };
        var referrerList = now.State switch
        {
            ReferralState.NotBooked
                or ReferralState.DeferredToProvider or ReferralState.AwaitingTriage or ReferralState.ApptCancelledByPatient
                or ReferralState.ApptCancelledByProvider =>
                "AWAITING_BOOKING",
            ReferralState.TriageResponse or ReferralState.Rejected => "REJECTED_TRIAGE_RESPONSE",
            ReferralState.DidNotAttend or ReferralState.AssessmentResult => "ASSESSMENT_RETURNED_CANCELLED_DNA",
            ReferralState.CancelledReferral when now.Ended == Sample.ProviderClinician => "ASSESSMENT_RETURNED_CANCELLED_DNA",
            _ => null,
        };
        var mayOwe = now.State is ReferralState.NotBooked or ReferralState.Booked or ReferralState.AwaitingTriage or ReferralState.DeferredToProvider;
        if (providerList is not null) yield return $"{provider}:{providerList}";
        if (referrerList is not null) yield return $"D82106:{referrerList}";
        if (mayOwe && now.OwesLetter && (now.State == ReferralState.Booked || !now.IsReviewed)) yield return "D82106:LETTERS_OUTSTANDING";
    }

    private static string InDays(int days) => DateTimeOffset.UtcNow.AddDays(days).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static IReadOnlyDictionary<ReferralState, ReferralState> Leads<T>(Func<Commanded, bool>? isMeant = null)
        where T : Command => Commanded.All.Single(row => row.Command is T && (isMeant is null || isMeant(row))).Leads;

    private static IReadOnlyDictionary<ReferralState, ReferralState> LeadsOutcome(AppointmentOutcome outcome) =>
        Leads<Command.RecordOutcome>(row => ((Command.RecordOutcome)row.Command).Outcome == outcome);

    private static IReadOnlyDictionary<ReferralState, ReferralState> LeadsRedirect(ReferralState to) =>
        Leads<Command.Redirect>(row => row.Leads.Values.All(state => state == to));

    /// <param name="leads">The row of the contract's table: the resulting state for each state that accepts the command.</param>
    private sealed class Step(string path, Actor by, IReadOnlyDictionary<ReferralState, ReferralState> leads)
    {
        public string Path { get; } = path;

        public IReadOnlyDictionary<ReferralState, ReferralState> Leads { get; } = leads;

        public Actor By { get; } = by;

        public JsonObject Body { get; } = [];
    }

    /// <param name="Service">Current or last service.</param>
    /// <param name="Steps">Steps from a submission to <paramref name="Service"/> to this situation.</param>
    private sealed record Situation(string Name, string Service, Step[] Steps, ReferralState State)
    {
        public bool OwesLetter { get; init; }

        public bool IsReviewed { get; init; }

        public bool IsCorrected { get; init; }

        public bool IsCompleted { get; init; }

        public bool IsAcknowledged { get; init; }

        public bool IsShortlisted { get; init; }

        public bool HasNoProvider { get; init; }

        public Actor? Ended { get; init; }
    }

    private sealed class Case(Situation was, Step? tried)
    {
        public Situation From { get; } = was;

        /// <summary>Null for the case that tries every refused command.</summary>
        public Step? Tried { get; } = tried;

        public Situation Now => Tried is null ? From : After(From, Tried)!;

        public string Name => $"{From.Name}, {Tried?.Path ?? "refusals"} by {Tried?.By.Role}";

        public string Ubrn { get; set; } = "";

        public int Version { get; set; } = 1;
    }
}
