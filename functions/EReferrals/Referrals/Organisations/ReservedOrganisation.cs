namespace EReferrals.Referrals.Organisations;

/// <summary>
/// The ODS code of the canary, which no register contains. The canary refers only to itself, and no other organisation may refer to it. So its
/// test referrals are on no real worklist, and no real referral is on its worklists, where it would go unseen.
/// </summary>
public static class ReservedOrganisation
{
    public const string Canary = "X0000";

    public static bool MayRefer(string referrer, string provider) => (referrer == Canary) == (provider == Canary);
}
