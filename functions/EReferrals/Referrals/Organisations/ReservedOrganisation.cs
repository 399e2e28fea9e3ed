namespace EReferrals.Referrals.Organisations;

/// <summary>
/// The organisation that no register has: the canary's. It refers to itself only, and nobody else refers to it, so that its test referrals
/// stand on no real list and no real referral stands on its lists, where nobody would see it.
/// </summary>
public static class ReservedOrganisation
{
    public const string Canary = "X0000";

    public static bool MayRefer(string referrer, string provider) => (referrer == Canary) == (provider == Canary);
}
