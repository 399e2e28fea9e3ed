using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Referrals;

public class LetterRulesTests
{
    private static readonly TimeSpan ScanWithin = TimeSpan.FromMinutes(30);

    [Theory]
    [InlineData(AttachmentStatus.ThreatsFound, ProblemCode.LetterBlocked)]
    [InlineData(AttachmentStatus.ValidationFailed, ProblemCode.LetterBlocked)]
    [InlineData(AttachmentStatus.Pending, ProblemCode.LetterNotScanned)]
    public void A_letter_that_cannot_be_opened_is_owed_again_and_shown_to_both_sides(AttachmentStatus status, ProblemCode code)
    {
        var (after, what) = Check(WithLetter(Sample.ReferralAwaitingTriage()), status, hours: 1)!;

        Assert.Equal((2, ReferralAction.LettersChecked, Actor.System), (after.Version, what.What, what.By));
        Assert.NotEqual(LetterStatus.Present, Letter.From(after, Sample.Now).Status);
        Assert.Equal(code, Assert.Single(after.Problems).Code);
        Assert.Contains(WorklistRules.ListsOf(after), name => name.List == Worklist.LettersOutstanding);
        Assert.All(WorklistRules.Changes(null, after, PossibleDuplicates.None), change => Assert.Equal([code], change.Entry!.Problems!));
    }

    [Theory]
    [InlineData(AttachmentStatus.Available, 1)]
    [InlineData(AttachmentStatus.Pending, 0)]
    public void A_letter_that_can_be_opened_or_is_still_in_time_changes_nothing(AttachmentStatus status, int hours) =>
        Assert.Null(Check(WithLetter(Sample.ReferralAwaitingTriage()), status, hours));

    [Fact]
    public void A_letter_found_clean_late_counts_as_if_it_had_been_in_time()
    {
        var before = WithLetter(Sample.ReferralAwaitingTriage());
        var late = Check(before, AttachmentStatus.Pending, hours: 1)!.After;
        var clean = Check(late, AttachmentStatus.Available, hours: 2)!.After;

        Assert.Equal((0, LetterStatus.Present), (clean.Problems.Count, Letter.From(clean, Sample.Now).Status));
        Assert.Equal(WorklistRules.ListsOf(before), WorklistRules.ListsOf(clean));
    }

    [Fact]
    public void A_letter_that_opens_only_after_the_review_is_reviewed_again()
    {
        var late = Check(WithLetter(Sample.ReferralIn(ReferralState.Booked)), AttachmentStatus.Pending, hours: 1)!.After;
        var clean = Check(late with { Review = Review.Reviewed }, AttachmentStatus.Available, hours: 2)!.After;

        Assert.Equal((Review.LetterChanged, Sample.Now.AddHours(2)), (clean.Review, clean.ReviewSince));
    }

    [Theory]
    [InlineData(AppointmentOutcome.Attended)]
    [InlineData(AppointmentOutcome.DidNotAttend)]
    [InlineData(AppointmentOutcome.Assessed)]
    public void A_letter_that_is_blocked_after_an_outcome_counts_once_the_outcome_is_taken_back(AppointmentOutcome outcome)
    {
        var blocked = Check(WithOutcome(WithLetter(Sample.ReferralIn(ReferralState.Booked)), outcome), AttachmentStatus.ThreatsFound, hours: 1)!.After;
        var after = Changed(blocked, new Command.CorrectOutcome(null, "wrong patient ticked", null), Sample.ProviderClinician);

        Assert.Equal((ReferralState.Booked, Review.LetterChanged), (after.State, after.Review));
        Assert.Equal(
            [Worklist.ReferralsForReview, Worklist.LettersOutstanding],
            WorklistRules.ListsOf(after).Select(name => name.List).Intersect([Worklist.ReferralsForReview, Worklist.LettersOutstanding]).Order());
    }

    [Fact]
    public void A_letter_that_is_found_clean_after_an_outcome_is_no_problem_once_the_outcome_is_taken_back()
    {
        var late = Check(WithLetter(Sample.ReferralIn(ReferralState.Booked)), AttachmentStatus.Pending, hours: 1)!.After;
        var clean = Check(WithOutcome(late, AppointmentOutcome.Attended), AttachmentStatus.Available, hours: 2)!.After;
        var after = Changed(clean, new Command.CorrectOutcome(null, "wrong patient ticked", null), Sample.ProviderClinician);

        Assert.Empty(after.Problems);
        Assert.DoesNotContain(WorklistRules.ListsOf(after), name => name.List == Worklist.LettersOutstanding);
    }

    [Fact]
    public void A_referrer_who_says_that_no_letter_will_come_instead_of_a_blocked_one_is_no_longer_reminded()
    {
        var submitted = WithLetter(Sample.ReferralDeferredToProvider());
        var blocked = Check(submitted, AttachmentStatus.ThreatsFound, hours: 1)!.After;
        var after = Changed(blocked, new Command.ChangeLetters(null, LetterIntention.NotIntendingToAdd), Sample.ReferringClinician);

        Assert.Equal((0, 0, true), (after.Problems.Count, after.Attachments.Count, after.HasClinicalInformation));
        Assert.Equal(WorklistRules.ListsOf(Sample.ReferralDeferredToProvider(LetterIntention.NotIntendingToAdd)), WorklistRules.ListsOf(after));
    }

    [Fact]
    public void A_verdict_changes_nothing_of_a_cancelled_referral() =>
        Assert.Null(Check(WithLetter(Sample.ReferralIn(ReferralState.CancelledReferral)), AttachmentStatus.ThreatsFound, hours: 1));

    [Theory]
    [InlineData(Review.NeverReviewed)]
    [InlineData(Review.LetterChanged)]
    [InlineData(Review.Reviewed)]
    public void The_hospital_of_a_booked_referral_is_shown_a_letter_that_cannot_be_opened(Review before)
    {
        var after = Check(WithLetter(Sample.ReferralIn(ReferralState.Booked) with { Review = before }), AttachmentStatus.ThreatsFound, hours: 1)!.After;

        Assert.Contains(WorklistRules.ListsOf(after), name => name.List == Worklist.ReferralsForReview);
        Assert.Equal([ProblemCode.LetterBlocked], WorklistEntry.From(after).Problems);
    }

    [Fact]
    public void A_hospital_that_accepted_before_the_letter_failed_waits_for_another_letter()
    {
        foreach (var state in new[] { ReferralState.TriagedProviderToAction, ReferralState.Booked, ReferralState.ApptCancelledByPatient })
        {
            var after = Check(WithLetter(Sample.ReferralIn(state) with { Review = Review.Reviewed }), AttachmentStatus.ThreatsFound, hours: 1)!.After;
            Assert.Contains(WorklistRules.ListsOf(after), name => name.List == Worklist.LettersOutstanding);
            Assert.True(WorklistEntry.From(after).OwesLetter);
        }
    }

    [Fact]
    public void Only_a_different_letter_clears_the_problem()
    {
        var bad = Check(WithLetter(Sample.ReferralAwaitingTriage()), AttachmentStatus.Pending, hours: 1)!.After;
        Decision Send(string id) => ReferralRules.Decide(
            bad, new Command.ChangeLetters([new NamedAttachment(id, Sample.Attachment(id))]), Sample.ReferringClinician, Sample.Now.AddHours(2), "c");

        Assert.Equal("NO_CHANGES_DETECTED", Assert.IsType<Decision.Refused>(Send(Sample.Attachment().Id)).Refusal.Code);
        Assert.Empty(Assert.IsType<Decision.Changed>(Send("b")).After.Problems);
    }

    [Fact]
    public void The_last_letter_check_decides_whatever_came_before() =>
        Prop.ForAll(
            Gen.Elements(Enum.GetValues<AttachmentStatus>()).NonEmptyListOf().ToArbitrary(),
            statuses =>
            {
                var referral = WithLetter(Sample.ReferralAwaitingTriage());
                foreach (var status in statuses) referral = Check(referral, status, hours: 1)?.After ?? referral;
                var straight = Check(WithLetter(Sample.ReferralAwaitingTriage()), statuses[^1], hours: 1)?.After ?? WithLetter(Sample.ReferralAwaitingTriage());
                return referral.Problems.SequenceEqual(straight.Problems)
                    && referral.Attachments.SequenceEqual(straight.Attachments)
                    && Check(referral, statuses[^1], hours: 1) is null;
            }).QuickCheckThrowOnFailure();

    private static Referral WithOutcome(Referral booked, AppointmentOutcome outcome) => Changed(
        booked with { Review = Review.Reviewed, Appointment = new Appointment(Sample.Now.AddHours(-1), Sample.Now) }, new Command.RecordOutcome(outcome),
        Sample.ProviderClinician);

    private static Referral Changed(Referral referral, Command command, Actor actor) =>
        Assert.IsType<Decision.Changed>(ReferralRules.Decide(referral, command, actor, Sample.Now.AddHours(2), "c")).After;

    private static Referral WithLetter(Referral referral) => referral with
    {
        Attachments = [LinkedAttachment.From(Sample.Attachment(), AttachmentType.Referrer, Sample.ReferringClinician, Sample.Now)],
    };

    private static Decision.Changed? Check(Referral referral, AttachmentStatus status, int hours) => ReferralRules.CheckLetters(
        referral,
        new Dictionary<string, Attachment> { [Sample.Attachment().Id] = Sample.Attachment() with { Status = status } },
        ScanWithin,
        Sample.Now.AddHours(hours),
        "c");
}
