using System.Text.Json;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Storage;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Referrals;

public class PastProviderTests
{
    private static readonly Actor Elsewhere = Sample.ProviderClinician with { Organisation = "RCD" };

    private static readonly Command[] Further =
    [
        new Command.Redirect(Sample.Named(Sample.OtherTriageService)),
        new Command.Redirect(Sample.Named(Sample.TriageService)),
        new Command.Return("Not ours"),
    ];

    [Fact]
    public void In_any_sequence_of_commands_a_past_provider_reads_exactly_the_last_version_that_it_had() =>
        Prop.ForAll(Gen.Choose(0, Commanded.All.Count + Further.Length - 1).ListOf().ToArbitrary(), steps =>
        {
            var referral = Sample.ReferralDeferredToProvider();
            var (had, kept) = (new Dictionary<string, int> { [referral.Service.Provider!] = referral.Version }, new HashSet<int>());
            foreach (var step in steps)
            {
                var (command, role) = step < Commanded.All.Count
                    ? (Commanded.All[step].Command, Commanded.All[step].By)
                    : (Further[step - Commanded.All.Count], step == Commanded.All.Count + 2 ? Sample.ProviderClinician : Sample.ReferringClinician);
                var by = role.Role.IsProviding() && referral.Service.Provider is { } present ? role with { Organisation = present } : role;
                if (ReferralRules.Decide(referral, command, by, Sample.Now, "c") is not Decision.Changed { After: var after }) continue;
                // The store keeps the former version together with the change.
                if (after.LastSent.Any(one => one.Version == referral.Version)) kept.Add(referral.Version);
                referral = after;
                if (referral.Service.Provider is { } provider) had[provider] = referral.Version;
                if (!had.All(one => Reads(referral, one.Key) == one.Value && (one.Value == referral.Version || kept.Contains(one.Value)))) return false;
            }

            return Reads(referral, "RZZ") is null;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(60));

    [Fact]
    public void A_predecessor_keeps_the_version_of_the_transfer_and_a_successor_reads_what_a_past_provider_was_sent()
    {
        Succession Whole(string from, string to) => new($"{from}{to}", from, to, null, "They merge.", Sample.Operator, Sample.Now, IsRunning: false);
        var referral = Sample.ReferralAwaitingTriage() with
        {
            Version = 7,
            Service = Sample.ReferralAwaitingTriage().Service with { Provider = "B" },
            PastProviders = ["A", "C"],
            LastSent = [new LastSentVersion("A", 4), new LastSentVersion("C", 2)],
        };

        var after = ReferralRules.HandOver(referral, new Successions([Whole("A", "C"), Whole("B", "D")]), Sample.Now)!.After;

        Assert.Equal((4, 7, 4, 8), (Reads(after, "A"), Reads(after, "B"), Reads(after, "C"), Reads(after, "D")));
    }

    [Fact]
    public void A_referral_stored_without_the_versions_is_read_by_its_present_provider_only()
    {
        var referral = Sample.ReferralAwaitingTriage() with { PastProviders = ["RCD"] };
        var json = JsonSerializer.SerializeToNode(referral, StorageJson.Default.Referral)!.AsObject();
        Assert.True(json.Remove("lastSent"));

        var stored = JsonSerializer.Deserialize(json, StorageJson.Default.Referral)!;

        Assert.Equal((referral.Version, null), (Reads(stored, Sample.Provider), Relationships.ReadableVersion(stored, Elsewhere)));
    }

    private static int? Reads(Referral referral, string organisation) =>
        Relationships.ReadableVersion(referral, Sample.ProviderClinician with { Organisation = organisation });
}
