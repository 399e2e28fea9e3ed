using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Referrals;

/// <summary>A patient corrected while the practice has the referral: the hospital learns of it when the referral comes back.</summary>
public class UnseenPatientTests
{
    private static readonly DateTimeOffset Later = Sample.Appointment.Start.AddDays(1);
    private static readonly Command Correct = new Command.CorrectPatient(Sample.OtherPatient, "Wrong twin");

    public static TheoryData<ReferralState, int> WaysBack { get; } = Matrix();

    [Theory]
    [InlineData(ReferralState.TriageResponse)]
    [InlineData(ReferralState.Rejected)]
    [InlineData(ReferralState.DidNotAttend)]
    [InlineData(ReferralState.AssessmentResult)]
    public void A_patient_corrected_at_the_practice_is_on_no_list_of_the_hospital(ReferralState state) =>
        Assert.DoesNotContain(WorklistRules.ListsOf(Corrected(state)), name => WorklistRules.ProviderLists.Contains(name.List));

    [Theory]
    [MemberData(nameof(WaysBack))]
    public void When_the_referral_comes_back_its_entry_says_that_the_patient_changed(ReferralState state, int way)
    {
        var back = Ways(state)[way].Aggregate(Corrected(state), Changed);

        var entry = Assert.Single(
            WorklistRules.Changes(null, back, PossibleDuplicates.None), change => WorklistRules.ProviderLists.Contains(change.Worklist.List)).Entry!;
        Assert.Equal((Review.PatientChanged, Sample.OtherPatient.NhsNumber), (entry.Review, entry.Patient.NhsNumber));
        Assert.NotNull(entry.ReviewSince);
    }

    [Fact]
    public void A_hospital_that_never_had_the_referral_is_not_told_of_a_change_and_the_first_one_is_when_it_returns()
    {
        var elsewhere = Changed(Corrected(ReferralState.TriageResponse), new Command.Redirect(Sample.Named(Sample.OtherTriageService)));
        var home = Changed(Changed(elsewhere, new Command.Return("Not for us")), new Command.Redirect(Sample.Named(Sample.TriageService)));

        Assert.Equal(("RCD", Review.NeverReviewed), (elsewhere.Service.Provider, elsewhere.Review));
        Assert.Equal(("R69", Review.PatientChanged), (home.Service.Provider, home.Review));
    }

    [Fact]
    public void A_hospital_that_reviewed_the_corrected_patient_is_not_told_again()
    {
        var noted = Changed(Changed(Sample.ReferralAwaitingTriage(), Correct), new Command.Return("Statins first"));

        Assert.Equal(Review.NeverReviewed, Changed(noted, new Command.Redirect(Sample.Named(Sample.TriageService))).Review);
    }

    [Fact]
    public void A_change_that_the_hospital_has_not_reviewed_is_not_lost_when_the_referral_moves_to_another_of_its_services()
    {
        var moved = Changed(Changed(Sample.ReferralDeferredToProvider(), Correct), new Command.Redirect(Sample.Named(Sample.TriageService)));

        Assert.Equal(Review.PatientChanged, moved.Review);
    }

    [Fact]
    public void The_successor_of_a_hospital_is_told_what_its_predecessor_has_not_seen()
    {
        var transfer = new Succession("1", Sample.Provider, "RCD", null, "They merge", Sample.Operator, Sample.Now, IsRunning: false);
        var successions = new Successions([transfer]);
        var moved = ReferralRules.HandOver(Corrected(ReferralState.TriageResponse), successions, Later)!.After;
        var back = Changed(moved, new Command.Redirect(Sample.Named(Sample.OtherTriageService)));

        Assert.Equal(("RCD", Review.PatientChanged), (back.Service.Provider, back.Review));
        Assert.Null(ReferralRules.HandOver(moved, successions, Later));
    }

    [Fact]
    public void An_outcome_stored_without_the_review_before_it_does_not_hide_the_correction()
    {
        var old = Sample.ReferralIn(ReferralState.DidNotAttend) with { Review = Review.Reviewed, ReviewBeforeOutcome = null };
        var back = Changed(Changed(old, Correct), new Command.CorrectOutcome(null, "Wrong"));

        Assert.Equal((Review.PatientChanged, Later), (back.Review, back.ReviewSince));
    }

    [Fact]
    public void Whatever_happens_no_hospital_lists_a_patient_that_it_knows_by_other_details_without_saying_so() =>
        Prop.ForAll(Gen.Choose(0, Commanded.All.Count - 1).ListOf().ToArbitrary(), steps =>
        {
            var referral = Sample.ReferralDeferredToProvider();
            var known = new Dictionary<string, Patient> { [Sample.Provider] = referral.Patient };
            foreach (var step in steps)
            {
                var (command, by, _) = Commanded.All[step];
                by = by.Role.IsProviding() && referral.Service.Provider is { } provider ? by with { Organisation = provider } : by;
                if (ReferralRules.Decide(referral, command, by, Later, "c") is not Decision.Changed { After: var after }) continue;
                if (command is Command.Accept or Command.Return or Command.Reject or Command.CancelAppointmentActionLater)
                {
                    known[by.Organisation] = after.Patient;
                }
                referral = after;
                if (referral.Service.Provider is not { } now) continue;
                known.TryAdd(now, referral.Patient);
                var isListed = WorklistRules.ListsOf(referral).Any(name => WorklistRules.ProviderLists.Contains(name.List));
                if (isListed && known[now] != referral.Patient && referral.Review != Review.PatientChanged) return false;
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithEndSize(60));

    private static TheoryData<ReferralState, int> Matrix()
    {
        var data = new TheoryData<ReferralState, int>();
        foreach (var state in new[] { ReferralState.TriageResponse, ReferralState.Rejected, ReferralState.DidNotAttend, ReferralState.AssessmentResult })
        {
            for (var way = 0; way < Ways(state).Length; way++) data.Add(state, way);
        }

        return data;
    }

    private static Command[][] Ways(ReferralState state)
    {
        var (triage, bookable) = (Sample.Named(Sample.TriageService), Sample.Named(Sample.BookableService));
        Command[][] chosenAgain =
        [
            [new Command.Redirect(triage)],
            [new Command.Redirect(bookable)],
            [new Command.SendForTriage(triage)],
            [new Command.Defer(bookable, DeferralReason.NoSlotsAtService)],
            [new Command.BookSlot(bookable, Sample.Named(Sample.Slot()))],
            [new Command.ChangeShortlist([triage], Priority.Routine, LetterIntention.NotIntendingToAdd), new Command.SendForTriage(triage)],
        ];
        Command[] corrected = [new Command.CorrectOutcome(null, "Wrong patient")];
        return state switch
        {
            ReferralState.AssessmentResult => [corrected],
            ReferralState.DidNotAttend => [corrected, .. chosenAgain],
            _ => chosenAgain,
        };
    }

    // A referral that the hospital has reviewed before it came back to the practice.
    private static Referral Corrected(ReferralState state) => Changed(
        Sample.ReferralIn(state) with { Review = Review.Reviewed, ReviewBeforeOutcome = Review.Reviewed }, Correct);

    private static Referral Changed(Referral referral, Command command) => Assert.IsType<Decision.Changed>(ReferralRules.Decide(
        referral, command, By(referral, command), Later, "c")).After;

    private static Actor By(Referral referral, Command command) => command is Command.Accept or Command.Return or Command.CorrectOutcome
        ? Sample.ProviderClinician with { Organisation = referral.Service.Provider! }
        : Sample.ReferringClinician;
}
