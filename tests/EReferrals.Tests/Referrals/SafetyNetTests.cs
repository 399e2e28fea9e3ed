using EReferrals.Referrals;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Referrals;

public class SafetyNetTests
{
    [Theory]
    [InlineData(Priority.TwoWeekWait, 24, false)]
    [InlineData(Priority.TwoWeekWait, 25, true)]
    [InlineData(Priority.Urgent, 48, false)]
    [InlineData(Priority.Urgent, 49, true)]
    [InlineData(Priority.Routine, 2000, false)]
    public void A_review_is_overdue_when_the_limit_of_its_priority_has_passed(Priority priority, int hours, bool isOverdue) =>
        Assert.Equal(isOverdue, Marked(Some.ReferralAwaitingTriage(priority), hours).IsOverdue(Overdue.Review));

    [Fact]
    public void What_was_reviewed_or_is_with_its_referrer_waits_for_no_review()
    {
        var urgent = Some.ReferralAwaitingTriage(Priority.Urgent);

        Assert.All(
            [urgent with { Review = Review.Reviewed }, urgent with { State = ReferralState.Rejected }, urgent with { State = ReferralState.NotBooked }],
            referral => Assert.False(Marked(referral, 2000).IsOverdue(Overdue.Review)));
    }

    [Fact]
    public void A_changed_letter_or_another_provider_starts_the_wait_again() =>
        Assert.False(Marked(Some.ReferralAwaitingTriage(Priority.Urgent) with { ReviewSince = Some.Now.AddHours(2000) }, 2000).IsOverdue(Overdue.Review));

    [Fact]
    public void A_letter_is_overdue_when_its_last_day_in_London_is_over()
    {
        // Received on Wednesday 25 November 2026: one working day for urgent referrals.
        var entry = WorklistEntry.Of(Some.ReferralAwaitingTriage(Priority.Urgent));
        var midnight = new DateTimeOffset(2026, 11, 27, 0, 0, 0, TimeSpan.Zero);

        Assert.Equal(midnight, SafetyNet.Default.NextMark(entry));
        Assert.False(SafetyNet.Default.Marked(entry, midnight.AddSeconds(-1)).IsOverdue(Overdue.Letter));
        Assert.Equal(
            (true, LetterStatus.Overdue),
            (SafetyNet.Default.Marked(entry, midnight).IsOverdue(Overdue.Letter), SafetyNet.Default.Marked(entry, midnight).Letter.Status));
    }

    [Fact]
    public void Marks_come_when_NextMark_says_and_only_grow_in_number() =>
        Prop.ForAll(Gen.Elements(Enum.GetValues<Priority>()).ToArbitrary(), Gen.Choose(0, 400).ToArbitrary(), Gen.Choose(0, 400).ToArbitrary(), (priority, first, later) =>
        {
            var before = Marked(Some.ReferralAwaitingTriage(priority), first);
            var now = Some.Now.AddHours(first + later);
            var after = SafetyNet.Default.Marked(before, now);
            return after.Marks >= before.Marks && (after.Marks > before.Marks) == (SafetyNet.Default.NextMark(before)?.AddTicks(1) <= now);
        }).QuickCheckThrowOnFailure();

    private static WorklistEntry Marked(Referral referral, int afterHours) =>
        SafetyNet.Default.Marked(WorklistEntry.Of(referral), Some.Now.AddHours(afterHours));
}
