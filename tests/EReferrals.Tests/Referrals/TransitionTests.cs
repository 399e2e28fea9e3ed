using System.Globalization;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Referrals;

public class TransitionTests
{
    private static readonly DateTimeOffset Later = Some.Now.AddDays(5);

    [Fact]
    public void Every_command_leads_where_the_contract_says_and_is_rejected_by_name_everywhere_else()
    {
        foreach (var commanded in Commanded.All)
        {
            foreach (var state in Enum.GetValues<ReferralState>())
            {
                var decision = Decide(Some.ReferralIn(state), commanded.Command, commanded.By);
                if (commanded.Leads.TryGetValue(state, out var to))
                {
                    Assert.True(decision is Decision.Changed changed && changed.After.State == to, $"{commanded.Name} in {state}: {decision}");
                }
                else if (MayAsk(Some.ReferralIn(state), commanded))
                {
                    var refusal = Assert.IsType<Decision.Refused>(decision).Refusal;
                    var byReason = commanded.Command is Command.Cancel && state != ReferralState.CancelledReferral;
                    Assert.Equal(byReason ? "ReasonMustSuit" : $"StateAllows{commanded.Command.GetType().Name}", refusal.Rule);
                    Assert.True(byReason || refusal.Message.Contains(Code.From(state), StringComparison.Ordinal), refusal.Message);
                }
            }
        }
    }

    [Fact]
    public void A_completed_referral_accepts_only_a_correction_of_its_outcome() =>
        Assert.All(
            Commanded.All.Where(one => one.Command is not Command.CorrectOutcome),
            one => Assert.Equal("INVALID_REQUEST_STATE", Refused(Some.ReferralIn(ReferralState.Booked) with { Completed = true }, one.Command, one.By).Code));

    [Fact]
    public void A_role_may_give_exactly_the_commands_of_its_table_row()
    {
        string[] expected =
        [
            "ACCEPT SPC SPCA APP-P", "RETURN SPC SPCA APP-P", "REJECT SPC SPCA", "BOOK SPC SPCA SPA", "CANCEL_APPOINTMENT RC RCA SPC SPCA SPA",
            "RECORD_OUTCOME SPC SPCA SPA", "CORRECT_OUTCOME SPC SPCA SPA", "REDIRECT RC RCA", "ACKNOWLEDGE RC RCA RA", "CORRECT_PATIENT RC RCA", "CHANGE_LETTERS RC RCA", "CANCEL RC RCA SPC SPCA APP-P", "BOOK_SLOT RC RCA", "DEFER RC RCA",
            "SEND_FOR_TRIAGE RC RCA", "CANCEL_APPOINTMENT_ACTION_LATER SPC SPCA", "CHANGE_SHORTLIST RC RCA",
        ];
        var short_ = new Dictionary<Role, string>
        {
            [Role.ReferringClinician] = "RC", [Role.ReferringClinicianAdmin] = "RCA", [Role.ReferringAdmin] = "RA", [Role.ServiceProviderClinician] = "SPC",
            [Role.ServiceProviderClinicianAdmin] = "SPCA", [Role.ServiceProviderAdmin] = "SPA", [Role.ProviderAuthorisedApplication] = "APP-P",
        };

        var actual = Commanded.All.Select(one => one.Command).DistinctBy(command => command.GetType()).Select(command =>
            $"{System.Text.Json.JsonNamingPolicy.SnakeCaseUpper.ConvertName(command.GetType().Name)} "
            + string.Join(' ', Enum.GetValues<Role>().Where(role => ReferralRules.MayEver(command, role)).Select(role => short_[role])));

        Assert.Equal(expected.Order(), actual.Order());
    }

    [Theory]
    [InlineData("SERVICE_INAPPROPRIATE", null, null)]
    [InlineData("PATIENT_ILL", null, "INAPPROPRIATE_VALUE")]
    [InlineData("NO_SUCH_REASON", null, "INVALID_CODE")]
    public void A_rejection_requires_a_reason_for_rejection(string reason, string? comments, string? code) =>
        Assert.Equal(code, CodeOf(Some.ReferralIn(ReferralState.Booked), new Command.Reject(reason, comments), Some.ProviderClinician));

    [Theory]
    [InlineData("PATIENT_HOLIDAY", null, Role.ReferringClinician, null)]
    [InlineData("PATIENT_OTHER_ENGAGEMENT", null, Role.ReferringClinician, "MISSING_VALUE")]
    [InlineData("PATIENT_OTHER_ENGAGEMENT", "A wedding", Role.ReferringClinician, null)]
    [InlineData("CLINIC_OVERRUN", null, Role.ReferringClinician, "INAPPROPRIATE_VALUE")]
    [InlineData("CLINIC_OVERRUN", null, Role.ServiceProviderAdmin, null)]
    [InlineData("PRIORITY_CHANGE", null, Role.ServiceProviderClinician, "MISSING_VALUE")]
    [InlineData("PATIENT_ILL", null, Role.ServiceProviderClinician, "INAPPROPRIATE_VALUE")]
    [InlineData("ADDITIONAL_REQ_NOT_AVAILABLE", null, Role.ServiceProviderAdmin, "INAPPROPRIATE_VALUE")]
    [InlineData("REDIRECTED_AGE", "Too young", Role.ServiceProviderAdmin, "INAPPROPRIATE_VALUE")]
    public void Each_side_cancels_an_appointment_with_its_own_reasons(string reason, string? comments, Role role, string? code) =>
        Assert.Equal(code, CodeOf(Some.ReferralIn(ReferralState.Booked), new Command.CancelAppointment(reason, comments), By(role)));

    [Theory]
    [InlineData(ReferralState.Booked, "RAISED_IN_ERROR", null, Role.ReferringClinician, null)]
    [InlineData(ReferralState.Booked, "PATIENT_REQUEST_CANCELLATION_OTHER", null, Role.ReferringClinician, "MISSING_VALUE")]
    [InlineData(ReferralState.Booked, "RAISED_IN_ERROR", null, Role.ServiceProviderClinician, "INAPPROPRIATE_VALUE")]
    [InlineData(ReferralState.Booked, "BOOKED_OUTSIDE_CAB", null, Role.ServiceProviderClinician, null)]
    [InlineData(ReferralState.Booked, "STRAIGHT_TO_TEST", "MRI", Role.ServiceProviderClinician, "INAPPROPRIATE_VALUE")]
    [InlineData(ReferralState.AwaitingTriage, "TRIAGE_ENDED", null, Role.ServiceProviderClinician, "INAPPROPRIATE_VALUE")]
    [InlineData(ReferralState.TriagedProviderToAction, "TRIAGE_ENDED", null, Role.ServiceProviderClinician, null)]
    [InlineData(ReferralState.TriagedProviderToAction, "STRAIGHT_TO_TEST", null, Role.ProviderAuthorisedApplication, "MISSING_VALUE")]
    [InlineData(ReferralState.TriagedProviderToAction, "STRAIGHT_TO_TEST", "MRI", Role.ProviderAuthorisedApplication, null)]
    [InlineData(ReferralState.TriagedProviderToAction, "PATIENT_DIED", null, Role.ServiceProviderClinician, "INAPPROPRIATE_VALUE")]
    [InlineData(ReferralState.TriagedProviderToAction, "PATIENT_DIED", null, Role.ReferringClinician, null)]
    [InlineData(ReferralState.Rejected, "PROVIDER_CANCELLATION", null, Role.ReferringClinician, "INAPPROPRIATE_VALUE")]
    public void The_cancellation_reason_must_fit_the_caller_and_the_state(
        ReferralState state, string reason, string? comments, Role role, string? code) =>
        Assert.Equal(code, CodeOf(Some.ReferralIn(state), new Command.Cancel(reason, comments), By(role)));

    [Theory]
    [InlineData(AppointmentOutcome.DidNotAttend, "ARRIVED_TOO_LATE", null)]
    [InlineData(AppointmentOutcome.DidNotAttend, null, null)]
    [InlineData(AppointmentOutcome.DidNotAttend, "OTHER_MIGRATION_FROM_CAB", "INAPPROPRIATE_VALUE")]
    [InlineData(AppointmentOutcome.DidNotAttend, "CLINIC_CANCELLED", "INVALID_CODE")]
    [InlineData(AppointmentOutcome.Attended, "PATIENT_FORGOT", "FIELD_NOT_PERMITTED")]
    public void Only_a_missed_appointment_has_a_reason(AppointmentOutcome outcome, string? reason, string? code) =>
        Assert.Equal(code, CodeOf(Some.ReferralIn(ReferralState.Booked), new Command.RecordOutcome(outcome, reason), Some.ProviderAdmin));

    [Fact]
    public void A_returned_referral_leaves_the_referrers_list_when_acknowledged_and_reappears_with_news()
    {
        foreach (var referral in new[]
        {
            Some.ReferralIn(ReferralState.TriageResponse), Some.ReferralIn(ReferralState.Rejected), Some.ReferralIn(ReferralState.DidNotAttend),
            Some.ReferralIn(ReferralState.AssessmentResult),
            Changed(Some.ReferralAwaitingTriage(), new Command.Cancel("PATIENT_DIED"), Some.ProviderClinician),
        })
        {
            Assert.Contains(WorklistRules.ListsOf(referral), IsOfResults);
            var dealt = Changed(referral, new Command.Acknowledge("Told the patient"), Some.ReferringClinician with { Role = Role.ReferringAdmin });

            Assert.DoesNotContain(WorklistRules.ListsOf(dealt), IsOfResults);
            Assert.Equal((referral.State, referral.Comments, referral.Reason), (dealt.State, dealt.Comments, dealt.Reason));
            Assert.Equal("StateAllowsAcknowledge", Refused(dealt, new Command.Acknowledge(), Some.ReferringClinician).Rule);
        }

        var absent = Changed(Some.ReferralIn(ReferralState.DidNotAttend), new Command.Acknowledge(), Some.ReferringClinician);
        var assessed = Changed(absent, new Command.CorrectOutcome(AppointmentOutcome.Assessed, "Came later"), Some.ProviderAdmin);
        Assert.Contains(WorklistRules.ListsOf(assessed), IsOfResults);

        static bool IsOfResults(WorklistName name) => name.List is Worklist.RejectedTriageResponse or Worklist.AssessmentReturnedCancelledDna;
    }

    [Fact]
    public void A_referral_that_the_referrer_ended_needs_no_acknowledgement_after_later_changes()
    {
        var ended = Changed(Some.ReferralAwaitingTriage(), new Command.Cancel("PATIENT_DIED"), Some.ReferringClinician);

        Assert.Equal("StateAllowsAcknowledge", Refused(ended, new Command.Acknowledge(), Some.ReferringClinician).Rule);
        Assert.Empty(WorklistRules.ListsOf(ended with { UpdatedBy = Some.Operator }));
    }

    [Fact]
    public void An_acknowledgement_comment_is_in_the_history_and_keeps_the_hospitals_advice()
    {
        var returned = Changed(Some.ReferralAwaitingTriage(), new Command.Return("Statins first"), Some.ProviderClinician);
        var (after, what) = Assert.IsType<Decision.Changed>(Decide(returned, new Command.Acknowledge("Prescribed"), Some.ReferringClinician));

        Assert.Equal(("Statins first", "Prescribed", null, ReferralAction.Acknowledged), (after.Comments, what.Comments, what.Reason, what.What));
    }

    [Theory]
    [InlineData(ReferralState.AwaitingTriage, Review.NeverReviewed, Review.PatientChanged)]
    [InlineData(ReferralState.Booked, Review.Reviewed, Review.PatientChanged)]
    [InlineData(ReferralState.Booked, Review.LetterChanged, Review.PatientChanged)]
    [InlineData(ReferralState.TriagedProviderToAction, Review.Reviewed, Review.PatientChanged)]
    [InlineData(ReferralState.ApptCancelledByPatient, Review.Reviewed, Review.PatientChanged)]
    [InlineData(ReferralState.TriageResponse, Review.Reviewed, Review.Reviewed)]
    [InlineData(ReferralState.NotBooked, Review.NeverReviewed, Review.NeverReviewed)]
    public void A_corrected_patient_is_shown_to_the_current_provider_and_nothing_else_changes(ReferralState state, Review before, Review after)
    {
        var referral = Changed(Some.ReferralIn(state) with { Review = before }, Letters("a"), Some.ReferringClinician) with { Review = before };
        var (corrected, what) = Assert.IsType<Decision.Changed>(Decide(referral, new Command.CorrectPatient(Some.OtherPatient, "The brother's number"), Some.ReferringAdmin));

        Assert.Equal((Some.OtherPatient, after, state), (corrected.Patient, corrected.Review, corrected.State));
        Assert.Equal(referral.Attachments, corrected.Attachments);
        Assert.Equal((ReferralAction.PatientCorrected, "The brother's number", null), (what.What, what.Why, what.Comments));
        Assert.Equal("NO_CHANGES_DETECTED", CodeOf(corrected, new Command.CorrectPatient(Some.OtherPatient, "Again"), Some.ReferringClinician));
        var entries = WorklistRules.Changes(referral, corrected, PossibleDuplicates.None).Select(change => change.Entry).OfType<WorklistEntry>();
        Assert.All(entries, entry => Assert.Equal((Some.OtherPatient.NhsNumber, after), (entry.Patient.NhsNumber, entry.Review)));
    }

    [Theory]
    [InlineData(LetterIntention.NeedToAddLater, Review.Reviewed)]
    [InlineData(LetterIntention.NeedToAddLater, Review.NeverReviewed)]
    [InlineData(LetterIntention.NotIntendingToAdd, Review.Reviewed)]
    public void A_corrected_patient_puts_a_booked_referral_on_the_review_list_with_or_without_a_letter(LetterIntention intention, Review before)
    {
        var booked = Some.ReferralIn(ReferralState.Booked) with { Attachments = [], LetterIntention = intention, Review = before };
        var corrected = Changed(booked, new Command.CorrectPatient(Some.OtherPatient, "The brother's number"), Some.ReferringClinician);
        var seen = Changed(corrected, new Command.Accept(), Some.ProviderClinician);

        Assert.Contains(WorklistRules.ListsOf(corrected), name => name.List == Worklist.ReferralsForReview);
        Assert.DoesNotContain(WorklistRules.ListsOf(seen), name => name.List == Worklist.ReferralsForReview);
    }

    [Fact]
    public void The_history_of_a_correction_identifies_both_patients_by_hash_only()
    {
        PatientCorrection From(Referral referral) => Assert.IsType<Decision.Changed>(
            Decide(referral, new Command.CorrectPatient(Some.OtherPatient, "Wrong"), Some.ReferringClinician)).Event.Patient!;
        var referral = Some.ReferralAwaitingTriage();
        var (first, again, other) = (From(referral), From(referral), From(referral with { Ubrn = Ubrn.FromSequence(99) }));

        Assert.Equal(first, again);
        Assert.NotEqual(first.Before, first.After);
        Assert.NotEqual(first.After, other.After);
        Assert.All([first.Before, first.After], hash => Assert.Matches("^[0-9a-f]{64}$", hash));
    }

    [Fact]
    public void A_referrer_can_state_that_there_is_no_letter_and_then_owes_none()
    {
        var owed = Some.ReferralDeferredToProvider(LetterIntention.NeedToAddLater) with { LetterRefused = true, Problems = [new ReferralProblem(ProblemCode.AttachmentLeftOff, "Not found.", Some.Now)] };
        var settled = Changed(owed, new Command.ChangeLetters(null, LetterIntention.NotIntendingToAdd), Some.ReferringClinician);

        Assert.Contains(WorklistRules.ListsOf(owed), name => name.List == Worklist.LettersOutstanding);
        Assert.DoesNotContain(WorklistRules.ListsOf(settled), name => name.List == Worklist.LettersOutstanding);
        Assert.Equal((true, 0), (settled.HasClinicalInformation, settled.Problems.Count));
        Assert.Equal("NO_CHANGES_DETECTED", CodeOf(settled, new Command.ChangeLetters(null, LetterIntention.NotIntendingToAdd), Some.ReferringClinician));
    }

    [Theory]
    [InlineData("2026-12-01T09:00:00Z", "2026-11-30T23:59:59Z", false)]
    [InlineData("2026-12-01T09:00:00Z", "2026-12-01T00:00:00Z", true)]
    [InlineData("2026-12-01T09:00:00Z", "2027-03-01T12:00:00Z", true)]
    [InlineData("2026-06-30T23:30:00Z", "2026-06-30T22:59:00Z", false)]
    [InlineData("2026-06-30T23:30:00Z", "2026-06-30T23:00:00Z", true)]
    public void No_outcome_can_be_recorded_before_the_day_of_the_appointment_in_London(string start, string at, bool isTaken)
    {
        var starts = DateTimeOffset.Parse(start, CultureInfo.InvariantCulture);
        var now = DateTimeOffset.Parse(at, CultureInfo.InvariantCulture);
        var booked = Some.ReferralIn(ReferralState.Booked) with { Appointment = new Appointment(starts, starts.AddMinutes(20)) };
        var absent = Some.ReferralIn(ReferralState.DidNotAttend) with { Appointment = booked.Appointment };

        foreach (var outcome in Enum.GetValues<AppointmentOutcome>())
        {
            var recorded = ReferralRules.Decide(booked, new Command.RecordOutcome(outcome), Some.ProviderAdmin, now, "c");
            Assert.Equal(isTaken, recorded is Decision.Changed);
            Assert.True(isTaken || recorded is Decision.Refused { Refusal: { Rule: "OutcomeFollowsAppointment", Code: "INVALID_REQUEST_STATE" } });
            if (outcome == AppointmentOutcome.DidNotAttend) continue;
            Assert.Equal(isTaken, ReferralRules.Decide(absent, new Command.CorrectOutcome(outcome, "Came late"), Some.ProviderAdmin, now, "c") is Decision.Changed);
        }

        // An outcome that was recorded too early, which earlier versions allowed, can be corrected at any time.
        Assert.IsType<Decision.Changed>(ReferralRules.Decide(absent, new Command.CorrectOutcome(null, "Too early"), Some.ProviderAdmin, now, "c"));
    }

    [Fact]
    public void An_outcome_on_paper_is_checked_against_the_day_on_which_it_was_written()
    {
        var afterwards = Some.Appointment.Start.AddDays(3);
        Decision Report(DateTimeOffset at) => ReferralRules.Decide(
            Some.ReferralIn(ReferralState.Booked), new Command.RecordOutcome(AppointmentOutcome.Attended), Some.ProviderAdmin, afterwards, "c", new OnPaper(at, "1"));

        Assert.Equal("OutcomeFollowsAppointment", Assert.IsType<Decision.Refused>(Report(Some.Appointment.Start.AddDays(-1))).Refusal.Rule);
        Assert.Equal(afterwards, Assert.IsType<Decision.Changed>(Report(Some.Appointment.Start)).After.Updated);
    }

    [Fact]
    public void A_corrected_outcome_leads_to_the_same_state_as_the_right_outcome()
    {
        foreach (var review in new[] { Review.NeverReviewed, Review.Reviewed })
        {
            var booked = Some.ReferralIn(ReferralState.Booked) with { Review = review };
            foreach (var wrong in Enum.GetValues<AppointmentOutcome>())
            {
                var recorded = Changed(booked, new Command.RecordOutcome(wrong, Comments: "Seen"), Some.ProviderAdmin);
                var back = Changed(recorded, new Command.CorrectOutcome(null, "Wrong patient"), Some.ProviderAdmin);
                Assert.Equal(
                    booked with { Version = back.Version, Updated = back.Updated, UpdatedBy = back.UpdatedBy, StateSince = back.StateSince },
                    back with { Attachments = booked.Attachments, Shortlist = booked.Shortlist });
                Assert.Equal("NO_CHANGES_DETECTED", CodeOf(recorded, new Command.CorrectOutcome(wrong, "The same"), Some.ProviderAdmin));
                foreach (var right in Enum.GetValues<AppointmentOutcome>().Where(outcome => outcome != wrong))
                {
                    var corrected = Changed(recorded, new Command.CorrectOutcome(right, "Mixed up"), Some.ProviderAdmin);
                    var straight = Changed(booked, new Command.RecordOutcome(right), Some.ProviderAdmin);
                    Assert.Equal((straight.State, straight.Completed, straight.Review, straight.Outcome), (corrected.State, corrected.Completed, corrected.Review, corrected.Outcome));
                }
            }
        }
    }

    [Fact]
    public void The_reason_for_an_outcome_correction_is_in_the_history()
    {
        var what = Assert.IsType<Decision.Changed>(Decide(
            Some.ReferralIn(ReferralState.DidNotAttend), new Command.CorrectOutcome(AppointmentOutcome.Attended, "Came to another desk", "Seen by Dr B"), Some.ProviderAdmin)).Event;

        Assert.Equal((ReferralAction.OutcomeCorrected, "Came to another desk", "Seen by Dr B"), (what.What, what.Why, what.Comments));
    }

    [Fact]
    public void An_outcome_on_which_the_referrer_has_acted_cannot_be_corrected()
    {
        var redirected = Changed(Some.ReferralIn(ReferralState.DidNotAttend), new Command.Redirect(Some.Named(Some.TriageService)), Some.ReferringClinician);

        Assert.Equal("StateAllowsCorrectOutcome", Refused(redirected, new Command.CorrectOutcome(null, "Wrong"), Some.ProviderAdmin).Rule);
    }

    [Fact]
    public void An_appointment_ends_after_it_starts()
    {
        var backwards = Some.Appointment with { End = Some.Appointment.Start };

        Assert.Equal(("INVALID_VALUE", "/end"), At(Refused(Some.ReferralIn(ReferralState.DeferredToProvider), new Command.Book(backwards), Some.ProviderAdmin)));
    }

    [Fact]
    public void Booking_does_not_change_the_review()
    {
        var deferred = Changed(Some.ReferralIn(ReferralState.DeferredToProvider), new Command.Book(Some.Appointment), Some.ProviderAdmin);
        var accepted = Changed(Some.ReferralAwaitingTriage(), new Command.Accept(), Some.ProviderClinician);
        var booked = Changed(accepted, new Command.Book(Some.Appointment), Some.ProviderAdmin);
        var cancelled = Changed(booked, new Command.CancelAppointment("PATIENT_ILL"), Some.ReferringClinician);

        Assert.Equal((Review.NeverReviewed, Review.Reviewed, Review.Reviewed), (deferred.Review, booked.Review, Changed(cancelled, new Command.Book(Some.Appointment), Some.ProviderAdmin).Review));
        Assert.Equal((Some.Appointment, null), (booked.Appointment, cancelled.Appointment));
    }

    [Theory]
    [InlineData(ReferralState.Booked, Review.Reviewed, Review.LetterChanged)]
    [InlineData(ReferralState.Booked, Review.NeverReviewed, Review.NeverReviewed)]
    [InlineData(ReferralState.Booked, Review.PriorityChanged, Review.PriorityAndLetterChanged)]
    [InlineData(ReferralState.TriagedProviderToAction, Review.Reviewed, Review.LetterChanged)]
    [InlineData(ReferralState.ApptCancelledByProvider, Review.Reviewed, Review.LetterChanged)]
    [InlineData(ReferralState.TriageResponse, Review.Reviewed, Review.Reviewed)]
    public void A_changed_letter_reopens_the_review_while_a_provider_has_the_referral(ReferralState state, Review before, Review after)
    {
        var changed = Changed(Some.ReferralIn(state) with { Review = before }, Letters("a"), Some.ReferringClinician);

        Assert.Equal((state, after), (changed.State, changed.Review));
    }

    [Fact]
    public void New_letters_replace_the_set_and_a_letter_that_stays_keeps_its_author()
    {
        var first = Changed(Some.ReferralAwaitingTriage(), Letters("a", "b"), Some.ReferringClinician);
        var second = Changed(first, Letters("b", "c"), Some.ReferringAdmin);

        Assert.Equal(
            [("b", Some.ReferringClinician.User), ("c", Some.ReferringAdmin.User)],
            second.Attachments.Select(letter => (letter.Id, letter.AttachedBy.User)));
        Assert.Equal("NO_CHANGES_DETECTED", CodeOf(second, Letters("c", "b"), Some.ReferringClinician));
    }

    [Fact]
    public void Every_letter_that_cannot_be_used_is_named()
    {
        var foreign = new NamedAttachment("x", Some.Attachment("x") with { UploadedBy = Some.ProviderClinician });
        var refusals = Assert.IsType<Decision.Refused>(Decide(
            Some.ReferralAwaitingTriage(), new Command.ChangeLetters([new NamedAttachment("gone", null), new NamedAttachment("a", Some.Attachment("a")), foreign]), Some.ReferringClinician)).Refusals;

        Assert.Equal(["/attachments/0", "/attachments/2"], refusals.Select(refusal => refusal.Pointer));
    }

    [Fact]
    public void A_redirect_is_a_new_submission_under_the_same_number_and_does_not_reset_the_clocks()
    {
        var before = Some.ReferralIn(ReferralState.Rejected) with { PathwayStart = Some.Now.AddDays(-40), Review = Review.Reviewed, ClinicType = "HEART_FAILURE" };
        var after = Changed(before, new Command.Redirect(Some.Named(Some.OtherTriageService with { ClinicTypes = ["KNEE"] }), Priority.Urgent, "Nearer to home"), Some.ReferringClinician);

        Assert.Equal(
            (ReferralState.AwaitingTriage, "TRIAGE", "Nearer to home", Priority.Urgent, "RCD", Review.NeverReviewed),
            (after.State, after.Reason, after.Comments, after.Priority, after.Service.Provider, after.Review));
        Assert.Equal((before.Ubrn, before.PathwayStart, before.Received, Later), (after.Ubrn, after.PathwayStart, after.Received, after.ReviewSince));
        Assert.Equal(Clocks.RttBreach(before), Clocks.RttBreach(after));
        Assert.Equal([Some.Provider], after.PastProviders);
        Assert.True(Relationships.MayRead(after, Some.ProviderClinician));
        Assert.Equal("NO_RELATIONSHIP", CodeOf(after, new Command.Accept(), Some.ProviderClinician));
    }

    [Fact]
    public void A_redirect_to_a_service_that_cannot_accept_it_is_rejected() =>
        Assert.Equal(
            ("INAPPROPRIATE_VALUE", "/service"),
            At(Refused(Some.ReferralIn(ReferralState.Rejected), new Command.Redirect(Some.Named(Some.TriageService with { Open = false })), Some.ReferringClinician)));

    [Fact]
    public void The_28_days_start_when_the_referral_becomes_a_two_week_wait_and_never_restart()
    {
        var upgraded = Changed(Some.ReferralAwaitingTriage(), new Command.Accept(Priority: Priority.TwoWeekWait), Some.ProviderClinician);
        var from = Some.ReferralIn(ReferralState.Rejected) with { Priority = Priority.TwoWeekWait };
        var redirected = Changed(from, new Command.Redirect(Some.Named(Some.OtherTriageService), Priority.TwoWeekWait), Some.ReferringClinician);

        Assert.Equal(WorkingDays.DateOf(Later).AddDays(28), Clocks.DiagnosisDue(upgraded));
        Assert.Equal(WorkingDays.DateOf(from.Received).AddDays(28), Clocks.DiagnosisDue(redirected));
        Assert.Null(Clocks.DiagnosisDue(Some.ReferralAwaitingTriage()));
    }

    [Fact]
    public void A_shortlist_names_1_to_20_different_services_and_does_not_give_them_the_referral()
    {
        var from = Some.ReferralIn(ReferralState.TriageResponse);
        NamedService Numbered(int number) => Some.Named(Some.BookableService with { Id = $"{number}" });

        Assert.Equal("MISSING_VALUE", CodeOf(from, Shortlist(), Some.ReferringClinician));
        Assert.Equal("TOO_MANY_ITEMS", CodeOf(from, Shortlist([.. Enumerable.Range(0, 21).Select(Numbered)]), Some.ReferringClinician));
        Assert.Equal(("DUPLICATE_SERVICE", "/shortlist/1"), At(Refused(from, Shortlist(Numbered(1), Numbered(1)), Some.ReferringClinician)));
        var after = Changed(from, Shortlist([.. Enumerable.Range(0, 20).Select(Numbered)]), Some.ReferringClinician);
        Assert.Equal((20, null), (after.Shortlist.Count, after.Service.Provider));
        Assert.False(Relationships.MayChange(after, Some.ProviderClinician));
    }

    [Fact]
    public void Booking_deferral_and_redirect_require_a_shortlisted_service()
    {
        var from = Some.ReferralIn(ReferralState.NotBooked);
        var elsewhere = Some.Named(Some.BookableService with { Id = "11002" });

        Assert.Equal("ServiceMustBeShortlisted", Refused(from, new Command.BookSlot(elsewhere, Some.Appointment), Some.ReferringClinician).Rule);
        Assert.Equal("ServiceMustBeShortlisted", Refused(from, new Command.Defer(elsewhere, DeferralReason.SlotNotAvailable), Some.ReferringClinician).Rule);
        Assert.Equal("ServiceMustTakeTriage", Refused(from, new Command.SendForTriage(Some.Named(Some.BookableService)), Some.ReferringClinician).Rule);
        Assert.Equal("ServiceMustBeDirectlyBookable", Refused(from, new Command.BookSlot(Some.Named(Some.TriageService), Some.Appointment), Some.ReferringClinician).Rule);
    }

    [Fact]
    public void A_referral_keeps_its_identity_and_stays_visible_through_any_sequence_of_commands() =>
        Prop.ForAll(Gen.Choose(0, Commanded.All.Count - 1).ListOf().ToArbitrary(), steps =>
        {
            var referral = Some.ReferralDeferredToProvider();
            foreach (var step in steps)
            {
                var (command, by, _) = Commanded.All[step];
                by = by.Role.IsProviding() && referral.Service.Provider is { } provider ? by with { Organisation = provider } : by;
                if (Decide(referral, command, by) is not Decision.Changed { After: var after, Event: var what }) continue;
                var provided = referral.Service.Provider is not { } had || had == after.Service.Provider || after.PastProviders.Contains(had);
                var patient = command is Command.CorrectPatient correction ? correction.Patient : referral.Patient;
                var same = (after.Ubrn, after.Patient, after.PathwayStart, after.Received, after.Referrer)
                    == (referral.Ubrn, patient, referral.PathwayStart, referral.Received, referral.Referrer);
                var told = (what.Version, what.From, what.To, what.By) == (referral.Version + 1, referral.State, after.State, by);
                var lists = WorklistRules.ListsOf(after).ToArray();
                var isNews = after.Review is Review.PatientChanged or Review.LetterChanged && after.Status == ReferralStatus.Active && !after.Completed && !after.CameBack;
                var seen = !(after.AwaitsReview || isNews) || lists.Any(name => WorklistRules.ProviderLists.Contains(name.List));
                var waited = after.Status != ReferralStatus.Active || after.State == ReferralState.Booked || after.Acknowledged || lists.Length > 0;
                var booked = after.State != ReferralState.Booked || after.Appointment is not null;
                if (!(provided && same && told && seen && waited && booked)) return false;
                referral = after;
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(60));

    [Fact]
    public void News_that_came_after_a_wrong_outcome_is_reviewed_when_the_outcome_is_corrected()
    {
        var booked = Some.ReferralIn(ReferralState.Booked) with { Review = Review.Reviewed };
        foreach (var (news, expected) in new (Command, Review)[]
        {
            (Letters("a"), Review.LetterChanged),
            (new Command.CorrectPatient(Some.OtherPatient, "Wrong patient"), Review.PatientChanged),
        })
        {
            var absent = Changed(booked, new Command.RecordOutcome(AppointmentOutcome.DidNotAttend), Some.ProviderAdmin);
            var back = Changed(Changed(absent, news, Some.ReferringClinician), new Command.CorrectOutcome(null, "Wrong"), Some.ProviderAdmin);
            Assert.Equal((expected, Later), (back.Review, back.ReviewSince));
        }
    }

    private static Command.ChangeLetters Letters(params string[] ids) => new([.. ids.Select(id => new NamedAttachment(id, Some.Attachment(id)))]);

    private static Command.ChangeShortlist Shortlist(params NamedService[] services) => new(services, Priority.Routine, LetterIntention.NeedToAddLater);

    private static bool MayAsk(Referral referral, Commanded commanded) => Relationships.MayChange(referral, commanded.By);

    private static Actor By(Role role) => new("1", role.IsReferring() ? Some.ReferringOrganisation : Some.Provider, role);

    private static Decision Decide(Referral referral, Command command, Actor actor) => ReferralRules.Decide(referral, command, actor, Later, "c");

    private static Referral Changed(Referral referral, Command command, Actor actor) =>
        Assert.IsType<Decision.Changed>(Decide(referral, command, actor)).After;

    private static Refusal Refused(Referral referral, Command command, Actor actor) =>
        Assert.IsType<Decision.Refused>(Decide(referral, command, actor)).Refusal;

    private static string? CodeOf(Referral referral, Command command, Actor actor) =>
        Decide(referral, command, actor) is Decision.Refused refused ? refused.Refusal.Code : null;

    private static (string Code, string Pointer) At(Refusal refusal) => (refusal.Code, refusal.Pointer);
}
