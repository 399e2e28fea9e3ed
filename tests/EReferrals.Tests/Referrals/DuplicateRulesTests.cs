using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Referrals;

public class DuplicateRulesTests
{
    private static readonly ReferralState[] States = Enum.GetValues<ReferralState>();

    [Fact]
    public void Two_referrals_name_each_other_or_neither_names_the_other_in_any_state_and_none_names_itself() => Prop.ForAll(Histories.ToArbitrary(), history =>
    {
        var latest = new Dictionary<Ubrn, Referral>();
        var kept = new Dictionary<PatientAtService, OpenReferrals>();
        foreach (var referral in history)
        {
            PatientAtService?[] places =
            [
                latest.TryGetValue(referral.Ubrn, out var before) ? DuplicateRules.PlaceOf(before) : null, DuplicateRules.PlaceOf(referral)
            ];
            latest[referral.Ubrn] = referral;
            foreach (var place in places.OfType<PatientAtService>())
            {
                var was = kept.GetValueOrDefault(place, OpenReferrals.None);
                kept[place] = was.With(referral, place);
                Assert.Equal(ReferenceEquals(was, kept[place]) ? was.Revision : was.Revision + 1, kept[place].Revision);
                Assert.Same(kept[place], kept[place].With(referral, place));
            }
        }

        foreach (var one in latest.Values)
        {
            var expected = latest.Values.Where(other => other.Ubrn != one.Ubrn && DuplicateRules.IsOpen(one) && DuplicateRules.IsOpen(other)
                && (one.Service.Id, one.Patient.NhsNumber) == (other.Service.Id, other.Patient.NhsNumber)).Select(other => other.Ubrn.ToString());
            var named = DuplicateRules.PlaceOf(one) is { } place ? kept[place].Beside(one) : PossibleDuplicates.None;
            Assert.Equal(expected.Order(), named.Others.Select(other => other.ToString()).Order());
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_ended_referral_is_not_a_duplicate()
    {
        var ended = States.Where(state => !DuplicateRules.IsOpen(Sample.ReferralIn(state)));

        Assert.Equal([ReferralState.AssessmentResult, ReferralState.CancelledReferral, ReferralState.Rejected], ended.OrderBy(state => state.ToString()));
        Assert.False(DuplicateRules.IsOpen(Sample.ReferralIn(ReferralState.Booked) with { Completed = true }));
        Assert.False(DuplicateRules.IsOpen(Sample.ReferralIn(ReferralState.TriageResponse) with { Acknowledged = true }));
    }

    [Fact]
    public void A_canary_is_never_a_duplicate()
    {
        var referral = Sample.ReferralAwaitingTriage();

        Assert.Null(DuplicateRules.PlaceOf(referral with { Referrer = referral.Referrer with { Organisation = ReservedOrganisation.Canary } }));
    }

    [Fact]
    public void Two_patients_with_the_same_hash_prefix_are_kept_apart()
    {
        var (one, other) = (
            Sample.ReferralAwaitingTriage(), Sample.ReferralAwaitingTriage() with { Ubrn = Ubrn.FromSequence(7), Patient = Sample.OtherPatient });
        var both = new OpenReferrals(2, [new OpenReferral(one.Ubrn, one.Patient.NhsNumber), new OpenReferral(other.Ubrn, other.Patient.NhsNumber)]);

        Assert.Empty(both.Beside(one).Others);
        Assert.Empty(both.Beside(other).Others);
    }

    [Fact]
    public void A_full_record_ignores_another_referral_until_a_place_is_free()
    {
        var here = PatientAtService.From(Sample.ReferralAwaitingTriage());
        var all = Enumerable.Range(0, OpenReferrals.Most + 1).Select(number => Sample.ReferralAwaitingTriage() with { Ubrn = Ubrn.FromSequence(number) })
            .ToArray();

        var full = all[..^1].Aggregate(OpenReferrals.None, (known, referral) => known.With(referral, here));

        Assert.Same(full, full.With(all[^1], here));
        Assert.Equal(OpenReferrals.Most - 1, full.Beside(all[^1]).Others.Count);
        Assert.Equal(all[^1].Ubrn, full.With(all[0] with { State = ReferralState.CancelledReferral }, here).With(all[^1], here).All[^1].Ubrn);
    }

    [Fact]
    public void The_lookup_key_does_not_contain_the_NHS_number()
    {
        var place = PatientAtService.From(Sample.ReferralAwaitingTriage());

        Assert.DoesNotContain(Sample.NhsNumber.Reveal(), place.ToString());
        Assert.Matches("^[0-9a-f]{6}$", place.Mark);
    }

    // Two patients, two services, every state, and fewer referrals than a record has room for.
    private static Gen<Referral[]> Histories =>
        from count in Gen.Choose(0, 40)
        from drawn in Gen.ArrayOf(Gen.Choose(0, int.MaxValue), count)
        select drawn.Select(ReferralOf).ToArray();

    private static Referral ReferralOf(int drawn) => Sample.ReferralIn(States[(drawn >> 2) % States.Length]) with
    {
        Ubrn = Ubrn.FromSequence(1_000 + ((drawn >> 8) % 10)),
        Patient = drawn % 2 == 0 ? Sample.OtherPatient : Sample.Submission().Patient,
        Service = new ReferredTo((drawn & 2) == 0 ? "50001" : "51002", "Cardiology", Sample.Provider),
        Acknowledged = (drawn >> 12) % 4 == 0,
    };
}
