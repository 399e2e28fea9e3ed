using EReferrals.Referrals;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Referrals;

public class DuplicateRulesTests
{
    private static readonly ReferralState[] States = Enum.GetValues<ReferralState>();

    [Fact]
    public void Two_referrals_name_each_other_or_neither_does_and_never_themselves() => ForAny(all =>
    {
        var named = all.ToDictionary(one => one.Ubrn, one => DuplicateRules.Of(one, all).Select(other => other.Ubrn).ToHashSet());

        Assert.All(all, one => Assert.All(all, other =>
        {
            var isExpected = one.Ubrn != other.Ubrn && DuplicateRules.IsOpen(one) && DuplicateRules.IsOpen(other)
                && (one.Service.Id, one.Patient.NhsNumber) == (other.Service.Id, other.Patient.NhsNumber);
            Assert.Equal((isExpected, isExpected), (named[one.Ubrn].Contains(other.Ubrn), named[other.Ubrn].Contains(one.Ubrn)));
        }));
    });

    [Fact]
    public void Of_those_that_name_each_other_exactly_the_oldest_is_a_duplicate_of_none() => ForAny(all =>
    {
        var marked = all.Select(one => one with { Duplicates = DuplicateRules.Of(one, all) }).Where(one => one.Duplicates.Count > 0);

        Assert.All(marked.GroupBy(DuplicateRules.PlaceOf), here =>
            Assert.Single(here, one => DuplicateRules.ShownTo(one, Some.Provider, Side.Provider).DuplicateOf is null));
    });

    [Fact]
    public void What_has_ended_is_no_duplicate()
    {
        var ended = States.Where(state => !DuplicateRules.IsOpen(Some.ReferralIn(state)));

        Assert.Equal([ReferralState.AssessmentResult, ReferralState.CancelledReferral, ReferralState.Rejected], ended.OrderBy(state => state.ToString()));
        Assert.False(DuplicateRules.IsOpen(Some.ReferralIn(ReferralState.Booked) with { Completed = true }));
    }

    [Fact]
    public void The_place_where_duplicates_are_looked_for_does_not_hold_the_NHS_number()
    {
        var place = PatientAtService.Of(Some.ReferralAwaitingTriage());

        Assert.DoesNotContain(Some.NhsNumber.Reveal(), place.ToString());
        Assert.Matches("^[0-9a-f]{6}$", place.Mark);
    }

    private static void ForAny(Action<Referral[]> holds) => Prop.ForAll(Sets.ToArbitrary(), holds).QuickCheckThrowOnFailure();

    // Two patients, two services, every state, and days that are often the same.
    private static Gen<Referral[]> Sets { get; } =
        from count in Gen.Choose(0, DuplicateRules.Most)
        from drawn in Gen.ArrayOf(Gen.Choose(0, int.MaxValue), count)
        select drawn.Select(ReferralOf).ToArray();

    private static Referral ReferralOf(int drawn, int at) => Some.ReferralIn(States[(drawn >> 4) % States.Length]) with
    {
        Ubrn = Ubrn.FromSequence(1_000 + at),
        Patient = drawn % 2 == 0 ? Some.OtherPatient : Some.Submission().Patient,
        Service = new ReferredTo((drawn & 2) == 0 ? "50001" : "51002", "Cardiology", Some.Provider),
        Received = Some.Now.AddDays((drawn >> 2) % 3),
    };
}
