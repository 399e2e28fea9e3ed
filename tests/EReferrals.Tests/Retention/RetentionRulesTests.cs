using System.Globalization;
using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Retention;
using EReferrals.Tests.Referrals;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Retention;

public class RetentionRulesTests
{
    private static readonly RetentionPeriods Periods = RetentionPeriods.Default;

    // Referrals after any sequence of commands, with any date of birth and specialty.
    private static readonly Gen<Referral> Any =
        from steps in Gen.Choose(0, Commanded.All.Count - 1).ListOf()
        from age in Gen.Choose(-1, 36_000)
        from specialty in Gen.Elements(null, "CARDIOLOGY", "ADULT_MENTAL_ILLNESS", "CHILD_PSYCHIATRY")
        select steps.Aggregate(Sample.ReferralDeferredToProvider(), After) with
        {
            Specialty = specialty,
            Patient = Sample.ReferralDeferredToProvider().Patient with
            {
                BirthDate = age < 0 ? null : DateOnly.FromDateTime(Sample.Now.UtcDateTime).AddDays(-age),
            },
        };

    private static readonly Gen<DateTimeOffset> Instant = Gen.Choose(-400, 16_000).Select(days => Sample.Now.AddDays(days));

    [Fact]
    public void A_referral_that_is_open_or_on_a_worklist_now_or_later_is_never_due() => Check(
        from referral in Any
        from now in Instant
        from later in Instant
        select (referral, now, later),
        each => !RetentionRules.IsDue(each.referral, isHeld: false, isAwaited: false, Periods, each.now)
            || (!DuplicateRules.IsOpen(each.referral) && !WorklistRules.ListsOf(each.referral, each.later).Any()));

    [Fact]
    public void What_is_due_stays_due() => Check(
        from referral in Any
        from now in Instant
        from days in Gen.Choose(0, 9000)
        select (referral, now, later: now.AddDays(days)),
        each => !IsDue(each.referral, each.now) || IsDue(each.referral, each.later));

    [Fact]
    public void A_legal_hold_or_waiting_work_wins_over_every_period() => Check(
        from referral in Any
        from now in Instant
        from isHeld in Gen.Elements(true, false)
        select (referral, now, isHeld),
        each => !RetentionRules.IsDue(each.referral, each.isHeld, !each.isHeld, Periods, each.now));

    [Fact]
    public void Nothing_is_due_before_its_legal_ground() => Check(
        from referral in Any
        from now in Instant
        select (referral, now),
        each => !IsDue(each.referral, each.now) || each.now - each.referral.Updated >= (each.referral switch
        {
            { State: ReferralState.Rejected } => TimeSpan.FromDays(731),
            { Specialty: "ADULT_MENTAL_ILLNESS" or "CHILD_PSYCHIATRY" } => TimeSpan.FromDays(7305),
            _ => TimeSpan.FromDays(2922),
        }));

    [Theory]
    [InlineData("1950-01-01", "2034-11-25")]
    [InlineData("2010-06-30", "2035-07-01")]
    [InlineData("2009-06-30", "2035-07-01")]
    [InlineData("2008-06-30", "2034-11-25")]
    [InlineData("2026-11-01", "2051-11-02")]
    [InlineData(null, "2051-11-26")]
    public void A_cancelled_referral_is_kept_for_eight_years_and_to_the_birthday_that_the_law_names(string? born, string due)
    {
        var last = new DateTimeOffset(2026, 11, 25, 9, 0, 0, TimeSpan.Zero);
        DateOnly? birthDate = born is null ? null : DateOnly.Parse(born, CultureInfo.InvariantCulture);
        var referral = Cancelled(last) with { Received = last, Patient = Cancelled(last).Patient with { BirthDate = birthDate } };

        Assert.Equal(DateOnly.Parse(due, CultureInfo.InvariantCulture), DateOnly.FromDateTime(RetentionRules.DueAt(referral, Periods)!.Value.UtcDateTime));
    }

    [Fact]
    public void A_file_that_a_waiting_submission_may_name_is_no_orphan()
    {
        var file = Sample.Attachment() with { UploadedAt = Sample.Now };
        bool IsDue(Attachment of, DateTimeOffset? waiting) => RetentionRules.IsOrphanDue(of, waiting, Periods, Sample.Now.AddDays(30));

        Assert.True(IsDue(file, null));
        Assert.True(IsDue(file, Sample.Now.AddMinutes(-1)));
        Assert.False(IsDue(file, Sample.Now));
        Assert.False(IsDue(file with { LinkedTo = Sample.ReferralAwaitingTriage().Ubrn }, null));
        Assert.False(IsDue(file with { UploadedAt = Sample.Now.AddMinutes(1) }, null));
    }

    private static Referral Cancelled(DateTimeOffset at) =>
        ((Decision.Changed)ReferralRules.Decide(Sample.ReferralAwaitingTriage(), new Command.Cancel("PATIENT_DIED"), Sample.ReferringClinician, at, "c")).After
        with { Specialty = "CARDIOLOGY" };

    private static bool IsDue(Referral referral, DateTimeOffset now) => RetentionRules.IsDue(referral, isHeld: false, isAwaited: false, Periods, now);

    private static Referral After(Referral referral, int step) =>
        ReferralRules.Decide(referral, Commanded.All[step].Command, Commanded.All[step].By, Sample.Now, "c") is Decision.Changed { After: var after }
            ? after
            : referral;

    private static void Check<T>(Gen<T> cases, Func<T, bool> holds) =>
        Prop.ForAll(cases.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithEndSize(30));
}
