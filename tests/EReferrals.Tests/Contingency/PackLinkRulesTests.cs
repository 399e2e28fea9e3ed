using EReferrals.Contingency.Packs;
using EReferrals.Referrals.Organisations;

namespace EReferrals.Tests.Contingency;

public class PackLinkRulesTests
{
    [Fact]
    public void A_person_gets_a_link_only_when_the_settings_name_the_role() => Assert.All(Enum.GetValues<Role>(), role =>
    {
        Assert.Equal(role.IsApplication(), PackLinkRules.MayHaveLink(role, new HashSet<Role>()));
        Assert.True(PackLinkRules.MayHaveLink(role, new HashSet<Role> { role }));
    });
}
