using System.Globalization;
using EReferrals.Referrals;
using EReferrals.Referrals.Appointments;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Referrals;

public class TransitionTests
{
    private static readonly DateTimeOffset Later = Sample.Now.AddDays(5);

    [Fact]
    public void Every_command_leads_where_the_contract_says_and_is_rejected_by_name_everywhere_else()
    {
        foreach (var commanded in Commanded.All)
        {
            foreach (var state in Enum.GetValues<ReferralState>())
            {
                var decision = Decide(Sample.ReferralIn(state), commanded.Command, commanded.By);
                if (commanded.Leads.TryGetValue(state, out var to))
                {
                    Assert.True(decision is Decision.Changed changed && changed.After.State == to, $"{commanded.Name} in {state}: {decision}");
                }
                else if (MayAsk(Sample.ReferralIn(state), commanded))
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
            one => Assert.Equal("INVALID_REQUEST_STATE", Refused(Sample.ReferralIn(ReferralState.Booked) with { Completed = true }, one.Command, one.By).Code));

    [Fact]
    public void A_role_may_give_exactly_the_commands_of_its_table_row()
    {
        string[] expected =
        [
            "ACCEPT SPC SPCA APP-P", "RETURN SPC SPCA APP-P", "REJECT SPC SPCA", "BOOK SPC SPCA SPA", "CANCEL_APPOINTMENT RC RCA SPC SPCA SPA",
            "RECORD_OUTCOME SPC SPCA SPA", "CORRECT_OUTCOME SPC SPCA SPA", "REDIRECT RC RCA", "ACKNOWLEDGE RC RCA RA", "CORRECT_PATIENT RC RCA",
            "CHANGE_LETTERS RC RCA", "CANCEL RC RCA SPC SPCA APP-P", "BOOK_SLOT RC RCA SPC SPCA SPA", "DEFER RC RCA",
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
        Assert.Equal(code, CodeOf(Sample.ReferralIn(ReferralState.Booked), new Command.Reject(reason, comments), Sample.ProviderClinician));

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
        Assert.Equal(code, CodeOf(Sample.ReferralIn(ReferralState.Booked), new Command.CancelAppointment(reason, comments), By(role)));

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
        Assert.Equal(code, CodeOf(Sample.ReferralIn(state), new Command.Cancel(reason, comments), By(role)));

    [Theory]
    [InlineData(AppointmentOutcome.DidNotAttend, "ARRIVED_TOO_LATE", null)]
    [InlineData(AppointmentOutcome.DidNotAttend, null, null)]
    [InlineData(AppointmentOutcome.DidNotAttend, "OTHER_MIGRATION_FROM_CAB", "INAPPROPRIATE_VALUE")]
    [InlineData(AppointmentOutcome.DidNotAttend, "CLINIC_CANCELLED", "INVALID_CODE")]
    [InlineData(AppointmentOutcome.Attended, "PATIENT_FORGOT", "FIELD_NOT_PERMITTED")]
    public void Only_a_missed_appointment_has_a_reason(AppointmentOutcome outcome, string? reason, string? code) =>
        Assert.Equal(code, CodeOf(Sample.ReferralIn(ReferralState.Booked), new Command.RecordOutcome(outcome, reason), Sample.ProviderAdmin));

    [Fact]
    public void A_returned_referral_leaves_the_referrers_list_when_acknowledged_and_reappears_with_news()
    {
        foreach (var referral in new[]
        {
            Sample.ReferralIn(ReferralState.TriageResponse), Sample.ReferralIn(ReferralState.Rejected), Sample.ReferralIn(ReferralState.DidNotAttend),
            Sample.ReferralIn(ReferralState.AssessmentResult),
            Changed(Sample.ReferralAwaitingTriage(), new Command.Cancel("PATIENT_DIED"), Sample.ProviderClinician),
        })
        {
            Assert.Contains(WorklistRules.ListsOf(referral), IsOfResults);
            var dealt = Changed(referral, new Command.Acknowledge("Told the patient"), Sample.ReferringClinician with { Role = Role.ReferringAdmin });

            Assert.DoesNotContain(WorklistRules.ListsOf(dealt), IsOfResults);
            Assert.Equal((referral.State, referral.Comments, referral.Reason), (dealt.State, dealt.Comments, dealt.Reason));
            Assert.Equal("StateAllowsAcknowledge", Refused(dealt, new Command.Acknowledge(), Sample.ReferringClinician).Rule);
        }

        var absent = Changed(Sample.ReferralIn(ReferralState.DidNotAttend), new Command.Acknowledge(), Sample.ReferringClinician);
        var assessed = Changed(absent, new Command.CorrectOutcome(AppointmentOutcome.Assessed, "Came later"), Sample.ProviderAdmin);
        Assert.Contains(WorklistRules.ListsOf(assessed), IsOfResults);

        static bool IsOfResults(WorklistName name) => name.List is Worklist.RejectedTriageResponse or Worklist.AssessmentReturnedCancelledDna;
    }

    [Fact]
    public void A_referral_that_the_referrer_ended_needs_no_acknowledgement_after_later_changes()
    {
        var ended = Changed(Sample.ReferralAwaitingTriage(), new Command.Cancel("PATIENT_DIED"), Sample.ReferringClinician);

        Assert.Equal("StateAllowsAcknowledge", Refused(ended, new Command.Acknowledge(), Sample.ReferringClinician).Rule);
        Assert.Empty(WorklistRules.ListsOf(ended with { UpdatedBy = Sample.Operator }));
    }

    [Fact]
    public void An_acknowledgement_comment_is_in_the_history_and_keeps_the_hospitals_advice()
    {
        var returned = Changed(Sample.ReferralAwaitingTriage(), new Command.Return("Statins first"), Sample.ProviderClinician);
        var (after, what) = Assert.IsType<Decision.Changed>(Decide(returned, new Command.Acknowledge("Prescribed"), Sample.ReferringClinician));

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
        var referral = Changed(Sample.ReferralIn(state) with { Review = before }, Letters("a"), Sample.ReferringClinician) with { Review = before };
        var (corrected, what) = Assert.IsType<Decision.Changed>(
            Decide(referral, new Command.CorrectPatient(Sample.OtherPatient, "The brother's number"), Sample.ReferringAdmin));

        Assert.Equal((Sample.OtherPatient, after, state), (corrected.Patient, corrected.Review, corrected.State));
        Assert.Equal(referral.Attachments, corrected.Attachments);
        Assert.Equal((ReferralAction.PatientCorrected, "The brother's number", null), (what.What, what.Why, what.Comments));
        Assert.Equal("NO_CHANGES_DETECTED", CodeOf(corrected, new Command.CorrectPatient(Sample.OtherPatient, "Again"), Sample.ReferringClinician));
        var entries = WorklistRules.Changes(referral, corrected, PossibleDuplicates.None).Select(change => change.Entry).OfType<WorklistEntry>();
        Assert.All(entries, entry => Assert.Equal((Sample.OtherPatient.NhsNumber, after), (entry.Patient.NhsNumber, entry.Review)));
    }

    [Theory]
    [InlineData(LetterIntention.NeedToAddLater, Review.Reviewed)]
    [InlineData(LetterIntention.NeedToAddLater, Review.NeverReviewed)]
    [InlineData(LetterIntention.NotIntendingToAdd, Review.Reviewed)]
    public void A_corrected_patient_puts_a_booked_referral_on_the_review_list_with_or_without_a_letter(LetterIntention intention, Review before)
    {
        var booked = Sample.ReferralIn(ReferralState.Booked) with { Attachments = [], LetterIntention = intention, Review = before };
        var corrected = Changed(booked, new Command.CorrectPatient(Sample.OtherPatient, "The brother's number"), Sample.ReferringClinician);
        var seen = Changed(corrected, new Command.Accept(), Sample.ProviderClinician);

        Assert.Contains(WorklistRules.ListsOf(corrected), name => name.List == Worklist.ReferralsForReview);
        Assert.DoesNotContain(WorklistRules.ListsOf(seen), name => name.List == Worklist.ReferralsForReview);
    }

    [Fact]
    public void The_history_of_a_correction_identifies_both_patients_by_hash_only()
    {
        PatientCorrection From(Referral referral) => Assert.IsType<Decision.Changed>(
            Decide(referral, new Command.CorrectPatient(Sample.OtherPatient, "Wrong"), Sample.ReferringClinician)).Event.Patient!;
        var referral = Sample.ReferralAwaitingTriage();
        var (first, again, other) = (From(referral), From(referral), From(referral with { Ubrn = Ubrn.FromSequence(99) }));

        Assert.Equal(first, again);
        Assert.NotEqual(first.Before, first.After);
        Assert.NotEqual(first.After, other.After);
        Assert.All([first.Before, first.After], hash => Assert.Matches("^[0-9a-f]{64}$", hash));
    }

    [Fact]
    public void The_last_letter_of_a_referral_is_not_removed_by_naming_none()
    {
        var referral = Changed(Sample.ReferralAwaitingTriage(), Letters("a"), Sample.ReferringClinician);

        Assert.Equal("MISSING_VALUE", CodeOf(referral, Letters(), Sample.ReferringClinician));
    }

    [Fact]
    public void A_referrer_can_state_that_there_is_no_letter_and_then_owes_none()
    {
        var owed = Sample.ReferralDeferredToProvider(LetterIntention.NeedToAddLater) with
        {
            LetterRefused = true,
            Problems = [new ReferralProblem(ProblemCode.AttachmentLeftOff, "Not found.", Sample.Now)],
        };
        var settled = Changed(owed, new Command.ChangeLetters(null, LetterIntention.NotIntendingToAdd), Sample.ReferringClinician);

        Assert.Contains(WorklistRules.ListsOf(owed), name => name.List == Worklist.LettersOutstanding);
        Assert.DoesNotContain(WorklistRules.ListsOf(settled), name => name.List == Worklist.LettersOutstanding);
        Assert.Equal((true, 0), (settled.HasClinicalInformation, settled.Problems.Count));
        Assert.Equal("NO_CHANGES_DETECTED", CodeOf(settled, new Command.ChangeLetters(null, LetterIntention.NotIntendingToAdd), Sample.ReferringClinician));
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
        var booked = Sample.ReferralIn(ReferralState.Booked) with { Appointment = new Appointment(starts, starts.AddMinutes(20)) };
        var absent = Sample.ReferralIn(ReferralState.DidNotAttend) with { Appointment = booked.Appointment };

        foreach (var outcome in Enum.GetValues<AppointmentOutcome>())
        {
            var recorded = ReferralRules.Decide(booked, new Command.RecordOutcome(outcome), Sample.ProviderAdmin, now, "c");
            Assert.Equal(isTaken, recorded is Decision.Changed);
            Assert.True(isTaken || recorded is Decision.Refused { Refusal: { Rule: "OutcomeFollowsAppointment", Code: "INVALID_REQUEST_STATE" } });
            if (outcome == AppointmentOutcome.DidNotAttend) continue;
            Assert.Equal(
                isTaken, ReferralRules.Decide(absent, new Command.CorrectOutcome(outcome, "Came late"), Sample.ProviderAdmin, now, "c") is Decision.Changed);
        }

        // An outcome that was recorded too early, which earlier versions allowed, can be corrected at any time.
        Assert.IsType<Decision.Changed>(ReferralRules.Decide(absent, new Command.CorrectOutcome(null, "Too early"), Sample.ProviderAdmin, now, "c"));
    }

    [Fact]
    public void An_outcome_on_paper_is_checked_against_the_day_on_which_it_was_written()
    {
        var afterwards = Sample.Appointment.Start.AddDays(3);
        Decision Report(DateTimeOffset at) => ReferralRules.Decide(
            Sample.ReferralIn(ReferralState.Booked), new Command.RecordOutcome(AppointmentOutcome.Attended), Sample.ProviderAdmin, afterwards, "c",
            new OnPaper(at, "1"));

        Assert.Equal("OutcomeFollowsAppointment", Assert.IsType<Decision.Refused>(Report(Sample.Appointment.Start.AddDays(-1))).Refusal.Rule);
        Assert.Equal(afterwards, Assert.IsType<Decision.Changed>(Report(Sample.Appointment.Start)).After.Updated);
    }

    [Fact]
    public void A_corrected_outcome_leads_to_the_same_state_as_the_right_outcome()
    {
        foreach (var review in new[] { Review.NeverReviewed, Review.Reviewed })
        {
            var booked = Sample.ReferralIn(ReferralState.Booked) with { Review = review };
            foreach (var wrong in Enum.GetValues<AppointmentOutcome>())
            {
                var recorded = Changed(booked, new Command.RecordOutcome(wrong, Comments: "Seen"), Sample.ProviderAdmin);
                var back = Changed(recorded, new Command.CorrectOutcome(null, "Wrong patient"), Sample.ProviderAdmin);
                Assert.Equal(
                    booked with { Version = back.Version, Updated = back.Updated, UpdatedBy = back.UpdatedBy, StateSince = back.StateSince },
                    back with { Attachments = booked.Attachments, Shortlist = booked.Shortlist });
                Assert.Equal("NO_CHANGES_DETECTED", CodeOf(recorded, new Command.CorrectOutcome(wrong, "The same"), Sample.ProviderAdmin));
                foreach (var right in Enum.GetValues<AppointmentOutcome>().Where(outcome => outcome != wrong))
                {
                    var corrected = Changed(recorded, new Command.CorrectOutcome(right, "Mixed up"), Sample.ProviderAdmin);
                    var straight = Changed(booked, new Command.RecordOutcome(right), Sample.ProviderAdmin);
                    Assert.Equal(
                        (straight.State, straight.Completed, straight.Review, straight.Outcome),
                        (corrected.State, corrected.Completed, corrected.Review, corrected.Outcome));
                }
            }
        }
    }

    [Fact]
    public void The_reason_for_an_outcome_correction_is_in_the_history()
    {
        var what = Assert.IsType<Decision.Changed>(Decide(
            Sample.ReferralIn(ReferralState.DidNotAttend), new Command.CorrectOutcome(AppointmentOutcome.Attended, "Came to another desk", "Seen by Dr B"),
            Sample.ProviderAdmin)).Event;

        Assert.Equal((ReferralAction.OutcomeCorrected, "Came to another desk", "Seen by Dr B"), (what.What, what.Why, what.Comments));
    }

    [Fact]
    public void An_outcome_on_which_the_referrer_has_acted_cannot_be_corrected()
    {
        var redirected = Changed(
            Sample.ReferralIn(ReferralState.DidNotAttend), new Command.Redirect(Sample.Named(Sample.TriageService)), Sample.ReferringClinician);

        Assert.Equal("StateAllowsCorrectOutcome", Refused(redirected, new Command.CorrectOutcome(null, "Wrong"), Sample.ProviderAdmin).Rule);
    }

    [Fact]
    public void An_appointment_ends_after_it_starts()
    {
        var backwards = Sample.Appointment with { End = Sample.Appointment.Start };

        Assert.Equal(
            ("INVALID_VALUE", "/end"), At(Refused(Sample.ReferralIn(ReferralState.DeferredToProvider), new Command.Book(backwards), Sample.ProviderAdmin)));
    }

    [Fact]
    public void Booking_does_not_change_the_review()
    {
        var deferred = Changed(Sample.ReferralIn(ReferralState.DeferredToProvider), new Command.Book(Sample.Appointment), Sample.ProviderAdmin);
        var accepted = Changed(Sample.ReferralAwaitingTriage(), new Command.Accept(), Sample.ProviderClinician);
        var booked = Changed(accepted, new Command.Book(Sample.Appointment), Sample.ProviderAdmin);
        var cancelled = Changed(booked, new Command.CancelAppointment("PATIENT_ILL"), Sample.ReferringClinician);

        Assert.Equal(
            (Review.NeverReviewed, Review.Reviewed, Review.Reviewed),
            (deferred.Review, booked.Review, Changed(cancelled, new Command.Book(Sample.Appointment), Sample.ProviderAdmin).Review));
        Assert.Equal((Sample.Appointment, null), (booked.Appointment, cancelled.Appointment));
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
        var changed = Changed(Sample.ReferralIn(state) with { Review = before }, Letters("a"), Sample.ReferringClinician);

        Assert.Equal((state, after), (changed.State, changed.Review));
    }

    [Fact]
    public void New_letters_replace_the_set_and_a_letter_that_stays_keeps_its_author()
    {
        var first = Changed(Sample.ReferralAwaitingTriage(), Letters("a", "b"), Sample.ReferringClinician);
        var second = Changed(first, Letters("b", "c"), Sample.ReferringAdmin);

        Assert.Equal(
            [("b", Sample.ReferringClinician.User), ("c", Sample.ReferringAdmin.User)],
            second.Attachments.Select(letter => (letter.Id, letter.AttachedBy.User)));
        Assert.Equal("NO_CHANGES_DETECTED", CodeOf(second, Letters("c", "b"), Sample.ReferringClinician));
    }

    [Fact]
    public void Every_letter_that_cannot_be_used_is_named()
    {
        var foreign = new NamedAttachment("x", Sample.Attachment("x") with { UploadedBy = Sample.ProviderClinician });
        var refusals = Assert.IsType<Decision.Refused>(Decide(
            Sample.ReferralAwaitingTriage(),
            new Command.ChangeLetters([new NamedAttachment("gone", null), new NamedAttachment("a", Sample.Attachment("a")), foreign]),
            Sample.ReferringClinician)).Refusals;

        Assert.Equal(["/attachments/0", "/attachments/2"], refusals.Select(refusal => refusal.Pointer));
    }

    [Fact]
    public void A_redirect_is_a_new_submission_under_the_same_number_and_does_not_reset_the_clocks()
    {
        var before = Sample.ReferralIn(ReferralState.Rejected) with
        {
            PathwayStart = Sample.Now.AddDays(-40),
            Review = Review.Reviewed,
            ClinicType = "HEART_FAILURE",
        };
        var after = Changed(
            before, new Command.Redirect(Sample.Named(Sample.OtherTriageService with { ClinicTypes = ["KNEE"] }), Priority.Urgent, "Nearer to home"),
            Sample.ReferringClinician);

        Assert.Equal(
            (ReferralState.AwaitingTriage, "TRIAGE", "Nearer to home", Priority.Urgent, "RCD", Review.NeverReviewed),
            (after.State, after.Reason, after.Comments, after.Priority, after.Service.Provider, after.Review));
        Assert.Equal((before.Ubrn, before.PathwayStart, before.Received, Later), (after.Ubrn, after.PathwayStart, after.Received, after.ReviewSince));
        Assert.Equal(Clocks.RttBreach(before), Clocks.RttBreach(after));
        Assert.Equal([Sample.Provider], after.PastProviders);
        Assert.Equal(before.Version, Relationships.ReadableVersion(after, Sample.ProviderClinician));
        Assert.Equal("NO_RELATIONSHIP", CodeOf(after, new Command.Accept(), Sample.ProviderClinician));
    }

    [Fact]
    public void A_redirect_to_a_service_that_cannot_accept_it_is_rejected() =>
        Assert.Equal(
            ("INAPPROPRIATE_VALUE", "/service"),
            At(
                Refused(
                    Sample.ReferralIn(ReferralState.Rejected), new Command.Redirect(Sample.Named(Sample.TriageService with { Open = false })),
                    Sample.ReferringClinician)));

    [Fact]
    public void The_28_days_start_when_the_referral_becomes_a_two_week_wait_and_never_restart()
    {
        var upgraded = Changed(Sample.ReferralAwaitingTriage(), new Command.Accept(Priority: Priority.TwoWeekWait), Sample.ProviderClinician);
        var from = Sample.ReferralIn(ReferralState.Rejected) with { Priority = Priority.TwoWeekWait };
        var redirected = Changed(from, new Command.Redirect(Sample.Named(Sample.OtherTriageService), Priority.TwoWeekWait), Sample.ReferringClinician);

        Assert.Equal(UkTime.DateOf(Later).AddDays(28), Clocks.DiagnosisDue(upgraded));
        Assert.Equal(UkTime.DateOf(from.Received).AddDays(28), Clocks.DiagnosisDue(redirected));
        Assert.Null(Clocks.DiagnosisDue(Sample.ReferralAwaitingTriage()));
    }

    [Fact]
    public void A_shortlist_names_1_to_20_different_services_and_does_not_give_them_the_referral()
    {
        var from = Sample.ReferralIn(ReferralState.TriageResponse);
        NamedService Numbered(int number) => Sample.Named(Sample.BookableService with { Id = $"{number}" });

        Assert.Equal("MISSING_VALUE", CodeOf(from, Shortlist(), Sample.ReferringClinician));
        Assert.Equal("TOO_MANY_ITEMS", CodeOf(from, Shortlist([.. Enumerable.Range(0, 21).Select(Numbered)]), Sample.ReferringClinician));
        Assert.Equal(("DUPLICATE_SERVICE", "/shortlist/1"), At(Refused(from, Shortlist(Numbered(1), Numbered(1)), Sample.ReferringClinician)));
        var after = Changed(from, Shortlist([.. Enumerable.Range(0, 20).Select(Numbered)]), Sample.ReferringClinician);
        Assert.Equal((20, null), (after.Shortlist.Count, after.Service.Provider));
        Assert.False(Relationships.MayChange(after, Sample.ProviderClinician));
    }

    [Fact]
    public void Booking_deferral_and_redirect_require_a_shortlisted_service()
    {
        var from = Sample.ReferralIn(ReferralState.NotBooked);
        var elsewhere = Sample.Named(Sample.BookableService with { Id = "11002" });

        Assert.Equal("ServiceMustBeShortlisted", Refused(from, new Command.BookSlot(elsewhere, Sample.Named(Sample.Slot())), Sample.ReferringClinician).Rule);
        Assert.Equal("ServiceMustBeShortlisted", Refused(from, new Command.Defer(elsewhere, DeferralReason.SlotNotAvailable), Sample.ReferringClinician).Rule);
        Assert.Equal("ServiceMustTakeTriage", Refused(from, new Command.SendForTriage(Sample.Named(Sample.BookableService)), Sample.ReferringClinician).Rule);
        Assert.Equal(
            "ServiceMustBeDirectlyBookable",
            Refused(from, new Command.BookSlot(Sample.Named(Sample.TriageService), Sample.Named(Sample.Slot())), Sample.ReferringClinician).Rule);
    }

    [Fact]
    public void A_referral_keeps_its_identity_and_stays_visible_through_any_sequence_of_commands() =>
        Prop.ForAll(Gen.Choose(0, Commanded.All.Count - 1).ListOf().ToArbitrary(), steps =>
        {
            var referral = Sample.ReferralDeferredToProvider();
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
                var isNews = after.Review is Review.PatientChanged or Review.LetterChanged
                    && after.Status == ReferralStatus.Active
                    && !after.Completed
                    && !after.CameBack;
                var seen = !(after.AwaitsReview || isNews) || lists.Any(name => WorklistRules.ProviderLists.Contains(name.List));
                var waited = after.Status != ReferralStatus.Active || after.State == ReferralState.Booked || after.Acknowledged || lists.Length > 0;
                var isBooked = after.State == ReferralState.Booked || after.AppointmentRecord?.Status == AppointmentStatus.Booked;
                var booked = !isBooked || after.Appointment is not null;
                if (!(provided && same && told && seen && waited && booked)) return false;
                referral = after;
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(60));

    [Fact]
    public void News_that_came_after_a_wrong_outcome_is_reviewed_when_the_outcome_is_corrected()
    {
        var booked = Sample.ReferralIn(ReferralState.Booked) with { Review = Review.Reviewed };
        foreach (var (news, expected) in new (Command, Review)[]
        {
            (Letters("a"), Review.LetterChanged),
            (new Command.CorrectPatient(Sample.OtherPatient, "Wrong patient"), Review.PatientChanged),
        })
        {
            var absent = Changed(booked, new Command.RecordOutcome(AppointmentOutcome.DidNotAttend), Sample.ProviderAdmin);
            var back = Changed(Changed(absent, news, Sample.ReferringClinician), new Command.CorrectOutcome(null, "Wrong"), Sample.ProviderAdmin);
            Assert.Equal((expected, Later), (back.Review, back.ReviewSince));
        }
    }

    [Fact]
    public void A_refusal_mentions_the_review_only_where_the_review_is_the_reason()
    {
        string Message(ReferralState state, Command command, Actor by) =>
            Refused(Sample.ReferralIn(state) with { Review = Review.Reviewed }, command, by).Message;

        Assert.Equal(
            "This command is not allowed: the referral is ASSESSMENT_RESULT.",
            Message(ReferralState.AssessmentResult, new Command.Redirect(Sample.Named(Sample.OtherTriageService)), Sample.ReferringClinician));
        Assert.Equal(
            "This command is not allowed: the referral is BOOKED and has no outcome.",
            Message(ReferralState.Booked, new Command.CorrectOutcome(null, "Wrong"), Sample.ProviderAdmin));
        Assert.Equal(
            "This command is not allowed: the referral is BOOKED and has been reviewed.",
            Message(ReferralState.Booked, new Command.Reject("SERVICE_INAPPROPRIATE"), Sample.ProviderClinician));
    }

    private static Command.ChangeLetters Letters(params string[] ids) => new([.. ids.Select(id => new NamedAttachment(id, Sample.Attachment(id)))]);

    private static Command.ChangeShortlist Shortlist(params NamedService[] services) => new(services, Priority.Routine, LetterIntention.NeedToAddLater);

    private static bool MayAsk(Referral referral, Commanded commanded) => Relationships.MayChange(referral, commanded.By);

    private static Actor By(Role role) => new("1", role.IsReferring() ? Sample.ReferringOrganisation : Sample.Provider, role);

    private static Decision Decide(Referral referral, Command command, Actor actor) => ReferralRules.Decide(referral, command, actor, Later, "c");

    private static Referral Changed(Referral referral, Command command, Actor actor) =>
        Assert.IsType<Decision.Changed>(Decide(referral, command, actor)).After;

    private static Refusal Refused(Referral referral, Command command, Actor actor) =>
        Assert.IsType<Decision.Refused>(Decide(referral, command, actor)).Refusal;

    private static string? CodeOf(Referral referral, Command command, Actor actor) =>
        Decide(referral, command, actor) is Decision.Refused refused ? refused.Refusal.Code : null;

    private static (string Code, string Pointer) At(Refusal refusal) => (refusal.Code, refusal.Pointer);
}
