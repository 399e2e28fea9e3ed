using System.Globalization;
using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Referrals;

public class SafetyNetTests
{
    [Theory]
    [InlineData(Priority.TwoWeekWait, 23, false)]
    [InlineData(Priority.TwoWeekWait, 24, true)]
    [InlineData(Priority.Urgent, 47, false)]
    [InlineData(Priority.Urgent, 48, true)]
    [InlineData(Priority.Routine, 1300, false)]
    [InlineData(Priority.Routine, 2000, true)]
    public void A_review_is_overdue_after_the_limit_of_its_priority(Priority priority, int hours, bool isOverdue) =>
        Assert.Equal(isOverdue, Marked(Sample.ReferralAwaitingTriage(priority), hours).IsOverdue(Overdue.Review));

    [Fact]
    public void A_referral_that_was_reviewed_or_is_with_its_referrer_does_not_wait_for_review()
    {
        var urgent = Sample.ReferralAwaitingTriage(Priority.Urgent);

        Assert.All(
            [urgent with { Review = Review.Reviewed }, urgent with { State = ReferralState.Rejected }, urgent with { State = ReferralState.NotBooked }],
            referral => Assert.False(Marked(referral, 2000).IsOverdue(Overdue.Review)));
    }

    [Fact]
    public void A_changed_letter_or_a_new_provider_restarts_the_wait() =>
        Assert.False(Marked(Sample.ReferralAwaitingTriage(Priority.Urgent) with { ReviewSince = Sample.Now.AddHours(2000) }, 2000).IsOverdue(Overdue.Review));

    [Fact]
    public void A_letter_is_overdue_after_its_last_day_in_London()
    {
        // Received on Wednesday 25 November 2026. The limit for urgent referrals is one working day.
        var entry = WorklistEntry.From(Sample.ReferralAwaitingTriage(Priority.Urgent));
        var midnight = new DateTimeOffset(2026, 11, 27, 0, 0, 0, TimeSpan.Zero);

        Assert.Equal(midnight, SafetyNetRules.Default.NextMark(entry));
        Assert.False(SafetyNetRules.Default.Marked(entry, midnight.AddSeconds(-1)).IsOverdue(Overdue.Letter));
        Assert.Equal(
            (true, LetterStatus.Overdue),
            (SafetyNetRules.Default.Marked(entry, midnight).IsOverdue(Overdue.Letter), SafetyNetRules.Default.Marked(entry, midnight).Letter.Status));
    }

    private static Arbitrary<int> Hours => Gen.Choose(0, 400).ToArbitrary();

    [Fact]
    public void Marks_appear_when_NextMark_says_and_never_decrease() =>
        Prop.ForAll(Gen.Elements(Enum.GetValues<Priority>()).ToArbitrary(), Hours, Hours, (priority, first, later) =>
        {
            var before = Marked(Sample.ReferralAwaitingTriage(priority), first);
            var now = Sample.Now.AddHours(first + later);
            var after = SafetyNetRules.Default.Marked(before, now);
            return after.Marks >= before.Marks && (after.Marks > before.Marks) == (SafetyNetRules.Default.NextMark(before) <= now);
        }).QuickCheckThrowOnFailure();

    // The expected table, written down independently of the product. From Wednesday 25 November 2026, 1, 2, 3, 5 and 10 working days end on 26, 27 and 30
    // November and 2 and 9 December. 40 end on 22 January 2027 (three bank holidays).
    [Theory]
    [InlineData(ReferralState.TriagedProviderToAction, Overdue.Booking, Side.Provider, "2026-11-27", "2026-12-02", "2027-01-25")]
    [InlineData(ReferralState.DeferredToProvider, Overdue.Booking, Side.Provider, "2026-12-02", "2026-12-09", "2027-01-25")]
    [InlineData(ReferralState.ApptCancelledByPatient, Overdue.Booking, Side.Provider, "2026-11-27", "2026-12-02", "2027-01-25")]
    [InlineData(ReferralState.ApptCancelledByProvider, Overdue.Booking, Side.Provider, "2026-11-27", "2026-12-02", "2027-01-25")]
    [InlineData(ReferralState.NotBooked, Overdue.Booking, Side.Referrer, "2026-11-26", "2026-11-30", "2026-12-09")]
    [InlineData(ReferralState.TriageResponse, Overdue.NextStep, Side.Referrer, "2026-11-26", "2026-11-30", "2026-12-09")]
    [InlineData(ReferralState.Rejected, Overdue.NextStep, Side.Referrer, "2026-11-26", "2026-11-30", "2026-12-09")]
    [InlineData(ReferralState.DidNotAttend, Overdue.NextStep, Side.Referrer, "2026-11-26", "2026-11-30", "2026-12-09")]
    [InlineData(ReferralState.AssessmentResult, Overdue.NextStep, Side.Referrer, "2026-11-26", "2026-11-30", "2026-12-09")]
    [InlineData(ReferralState.CancelledReferral, Overdue.NextStep, Side.Referrer, "2026-11-26", "2026-11-30", "2026-12-09")]
    public void The_side_that_must_act_has_a_deadline_by_priority_and_is_marked_after_it(
        ReferralState state, Overdue what, Side side, string twoWeekWait, string urgent, string routine)
    {
        foreach (var (priority, day) in new[] { (Priority.TwoWeekWait, twoWeekWait), (Priority.Urgent, urgent), (Priority.Routine, routine) })
        {
            var referral = Sample.ReferralIn(state) with { Priority = priority, Review = Review.Reviewed, StateSince = Sample.Now };
            var by = WorkingDays.EndOf(DateOnly.Parse(day, null));

            var before = SafetyNetRules.Default.Marked(WorklistEntry.From(referral), by.AddSeconds(-1));
            var after = SafetyNetRules.Default.Marked(WorklistEntry.From(referral), by);

            Assert.Equal((new Due(by, side, what), false, true), (before.Due, before.IsOverdue(what), after.IsOverdue(what)));
            Assert.Equal(by, SafetyNetRules.Default.NextMark(before));
        }
    }

    [Fact]
    public void A_patient_whose_appointment_has_passed_is_listed_for_the_provider_and_marked_when_no_outcome_follows()
    {
        // Sunday 29 November 2026.
        var booked = Sample.ReferralIn(ReferralState.Booked) with { Review = Review.Reviewed, Priority = Priority.Urgent };
        var over = WorkingDays.EndOf(UkTime.DateOf(Sample.Appointment.Start));

        Assert.Empty(WorklistRules.ListsOf(booked, over.AddSeconds(-1)));
        Assert.Equal([new WorklistName(Sample.Provider, Worklist.AppointmentsForBooking)], WorklistRules.ListsOf(booked, over));
        var joined = SafetyNetRules.Default.Marked(WorklistEntry.From(booked), over);
        var marked = SafetyNetRules.Default.Marked(joined, over.AddDays(3));
        // The entry returns in the version in which it left the list. Its higher number of marks makes it newer.
        Assert.Equal((over, null, 1, 2), (joined.OutcomeSince, joined.Overdue, joined.Marks, marked.Marks));
        Assert.Equal(Overdue.Outcome, Assert.Single(marked.Overdue!));

        var seen = Assert.IsType<Decision.Changed>(ReferralRules.Decide(
            booked, new Command.RecordOutcome(AppointmentOutcome.Attended), Sample.ProviderAdmin, over.AddDays(1), "c")).After;
        var change = Assert.Single(WorklistRules.Changes(booked, seen, PossibleDuplicates.None));
        Assert.Equal((Worklist.AppointmentsForBooking, null), (change.Worklist.List, change.Entry));
    }

    [Fact]
    public void At_every_step_the_referral_is_on_a_list_of_the_side_that_must_act_or_the_patient_has_a_future_appointment() =>
        Prop.ForAll(Gen.Choose(0, Commanded.All.Count - 1).ListOf().ToArbitrary(), Gen.Choose(0, 240).ListOf().ToArbitrary(), (steps, hours) =>
        {
            var (referral, now) = (Sample.ReferralDeferredToProvider(LetterIntention.NeedToAddLater), Sample.Now);
            foreach (var (step, passed) in steps.Zip(hours.DefaultIfEmpty(24)))
            {
                now = now.AddHours(passed);
                if (!IsSeen(referral, now)) return false;
                var (command, by, _) = Commanded.All[step];
                by = by.Role.IsProviding() && referral.Service.Provider is { } provider ? by with { Organisation = provider } : by;
                if (ReferralRules.Decide(referral, command, by, now, "c") is Decision.Changed { After: var after }) referral = after;
                if (!IsSeen(referral, now)) return false;
            }

            return IsSeen(referral, now.AddDays(30));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithEndSize(60));

    private static bool IsSeen(Referral referral, DateTimeOffset now)
    {
        // An acknowledged referral needs no further action.
        if (referral.Status != ReferralStatus.Active || referral.Acknowledged) return true;
        if (SafetyNetRules.Default.Marked(WorklistEntry.From(referral), now).Due is not { } due)
        {
            return referral is { State: ReferralState.Booked, Appointment: { } coming } && UkTime.DateOf(coming.Start) >= UkTime.DateOf(now);
        }

        var (organisation, lists) = due.Side == Side.Provider
            ? (referral.Service.Provider, WorklistRules.ProviderLists)
            : (referral.Referrer.Organisation, WorklistRules.ReferrerLists);
        return WorklistRules.ListsOf(referral, now).Any(name => name.Organisation == organisation && lists.Contains(name.List));
    }

    // Counted from Friday 27 November 2026, 9:00.
    [Theory]
    [InlineData("P2D", "2026-12-02T00:00:00Z")]
    [InlineData("P0D", "2026-11-28T00:00:00Z")]
    [InlineData("PT48H", "2026-11-29T09:00:00Z")]
    [InlineData("P400D", null)]
    [InlineData("-P1D", null)]
    [InlineData("PT0S", null)]
    [InlineData("two days", null)]
    public void Limits_in_days_count_working_days_and_limits_in_hours_count_hours(string text, string? end) => Assert.Equal(
        end is null ? null : DateTimeOffset.Parse(end, CultureInfo.InvariantCulture),
        Allowance.Parse(text)?.EndsAfter(new DateTimeOffset(2026, 11, 27, 9, 0, 0, TimeSpan.Zero)));

    private static WorklistEntry Marked(Referral referral, int afterHours) =>
        SafetyNetRules.Default.Marked(WorklistEntry.From(referral), Sample.Now.AddHours(afterHours));
}
