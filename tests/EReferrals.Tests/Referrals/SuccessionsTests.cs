using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Referrals;

public class SuccessionsTests
{
    private static readonly string[] Organisations = ["A", "B", "C", "D", "E"];
    private static readonly string[] ServiceIds = ["1", "2", "3"];

    private static readonly Gen<Succession> Orders =
        from pair in Gen.Elements(Organisations).Two()
        from service in Gen.Elements("", "1", "2", "3")
        select new Succession(
            $"{pair}", pair.Item1, pair.Item2, service.Length == 0 ? null : [service], "They merge.", Sample.Operator, Sample.Now, IsRunning: false);

    // Only orders that operators could give: a refused order has no effect, and only the current owner can hand over a service.
    private static readonly Gen<Successions> Ordered = Orders.ListOf().Select(orders => orders.Aggregate(Successions.None, (known, order) =>
        order.From == order.To || known.WhyNot(order.From, order.To, order.Services) is not null ? known : new Successions([.. known.All, order])));

    private static readonly Gen<Referral> Any =
        from referrer in Gen.Elements(Organisations)
        from provider in Gen.Elements(Organisations)
        from service in Gen.Elements(ServiceIds)
        from past in Gen.Elements(Organisations).ListOf()
        select Sample.ReferralAwaitingTriage() with
        {
            Referrer = new Referrer(referrer, "u", "c"),
            Service = new ReferredTo(service, "Clinic", provider),
            Version = 9,
            PastProviders = [.. past.Distinct()],
            LastSent = [.. past.Distinct().Select((organisation, at) => new LastSentVersion(organisation, at + 1))],
        };

    private static readonly Arbitrary<(Successions Known, Referral Referral)> Cases =
        (from known in Ordered from referral in Any select (known, referral)).ToArbitrary();

    [Fact]
    public void A_referral_is_handed_over_once_to_the_final_successors_and_every_reader_keeps_access() => Prop.ForAll(Cases, one =>
    {
        var (known, before) = one;
        if (ReferralRules.HandOver(before, known, Sample.Now) is not { After: var after })
        {
            Assert.Equal(known.CurrentOf(before.Referrer.Organisation), before.Referrer.Organisation);
            Assert.Equal(known.ProviderOf(before.Service.Provider!, before.Service.Id), before.Service.Provider);
            return;
        }

        Assert.Null(ReferralRules.HandOver(after, known, Sample.Now));
        Assert.Equal(known.CurrentOf(after.Referrer.Organisation), after.Referrer.Organisation);
        Assert.Equal(known.CurrentOf(after.Service.Provider!), after.Service.Provider);
        foreach (var reader in Organisations)
        {
            var (practice, hospital) = (Sample.ReferringClinician with { Organisation = reader }, Sample.ProviderClinician with { Organisation = reader });
            foreach (var actor in new[] { practice, hospital })
            {
                if (Relationships.ReadableVersion(before, actor) is not { } version) continue;
                Assert.InRange(Relationships.ReadableVersion(after, actor) ?? 0, version, after.Version);
                Assert.InRange(
                    Relationships.ReadableVersion(after, actor with { Organisation = known.CurrentOf(reader) }) ?? 0, version, after.Version);
            }
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_handover_changes_only_the_organisations_and_restarts_no_deadline() => Prop.ForAll(Cases, one =>
    {
        var (known, before) = one;
        if (ReferralRules.HandOver(before, known, Sample.Now.AddDays(3)) is not { } handed) return;
        var after = handed.After;

        Assert.Equal(
            before with { StateSince = before.StateSince ?? before.Updated },
            after with
            {
                Version = before.Version,
                Updated = before.Updated,
                UpdatedBy = before.UpdatedBy,
                Referrer = before.Referrer,
                PastReferrers = before.PastReferrers,
                Service = before.Service,
                PastProviders = before.PastProviders,
                LastSent = before.LastSent,
                PatientUnseenBy = before.PatientUnseenBy,
            });
        Assert.Equal(WorklistRules.ListsOf(before).Select(list => list.List), WorklistRules.ListsOf(after).Select(list => list.List));
        Assert.Equal(
            (WorklistEntry.From(before).SortKey, WorklistEntry.From(before).ReviewSince),
            (WorklistEntry.From(after).SortKey, WorklistEntry.From(after).ReviewSince));
        Assert.Equal((ReferralAction.HandedOver, Sample.Operator, "They merge."), (handed.Event.What, handed.Event.By, handed.Event.Why));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_cancelled_referral_stays_cancelled_by_the_same_side()
    {
        var successions = new Successions([new Succession("1", Sample.Provider, "RCD", null, "They merge.", Sample.Operator, Sample.Now, IsRunning: true)]);
        var cancelled = Sample.ReferralIn(ReferralState.CancelledReferral) with { UpdatedBy = Sample.ProviderClinician };

        var after = ReferralRules.HandOver(cancelled, successions, Sample.Now)!.After;

        Assert.Equal((true, Role.ServiceProviderClinician), (after.CameBack, after.CancelledBy));
    }

    [Fact]
    public void A_referral_left_behind_follows_its_service_and_not_the_rest_of_the_provider()
    {
        var service = new Succession("1", "A", "B", ["1"], "They try.", Sample.Operator, Sample.Now, IsRunning: false);
        var successions = new Successions([service, new Succession("2", "A", "C", null, "They merge.", Sample.Operator, Sample.Now, IsRunning: false)]);
        var left = Sample.ReferralAwaitingTriage() with { Service = new ReferredTo("1", "Clinic", "A") };

        Assert.Equal(("B", "C"), (successions.ProviderOf("A", "1"), successions.ProviderOf("A", "2")));
        Assert.Equal(("B", service), (successions.Move(left)!.Value.After.Service.Provider, successions.Move(left)!.Value.Of));
    }

    [Fact]
    public void A_service_transferred_there_and_back_belongs_to_its_first_provider()
    {
        Succession Move(string from, string to) => new($"{from}{to}", from, to, ["1"], "They try.", Sample.Operator, Sample.Now, IsRunning: false);
        var successions = new Successions([Move("A", "B"), Move("B", "A")]);

        Assert.Equal(("A", "A", "B"), (successions.ProviderOf("A", "1"), successions.ProviderOf("B", "1"), successions.ProviderOf("B", "2")));
        Assert.Null(successions.Same("A", "B", ["1"]));
    }
}
