using EReferrals.Referrals.Organisations;

namespace EReferrals.Contingency.Packs;

internal static class PackLinkRules
{
    /// <summary>Anyone who has a link has the pack. So a person gets none unless the operators of the service have decided that the role needs it.</summary>
    public static bool MayHaveLink(Role role, IReadOnlySet<Role> chosen) => role.IsApplication() || chosen.Contains(role);
}
