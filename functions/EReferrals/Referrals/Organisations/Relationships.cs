namespace EReferrals.Referrals.Organisations;

/// <summary>Who has a legitimate relationship with a referral: its referrer, and who provides, or provided, its service.</summary>
public static class Relationships
{
    /// <summary>Clinical content. SPA and RA see lists, not referrals.</summary>
    public static bool MayRead(Referral referral, Actor actor) => actor.Role switch
    {
        Role.ReferringClinician or Role.ReferringClinicianAdmin =>
            IsReferrer(referral, actor) || referral.PastReferrers.Contains(actor.Organisation),
        Role.ServiceProviderClinician or Role.ServiceProviderClinicianAdmin or Role.ProviderAuthorisedApplication =>
            IsProvider(referral, actor) || referral.PastProviders.Contains(actor.Organisation),
        _ => false,
    };

    /// <summary>A provider redirected away from, and an organisation that was succeeded, may read, and no more.</summary>
    public static bool MayChange(Referral referral, Actor actor) =>
        actor.Role.IsReferring() ? IsReferrer(referral, actor) : actor.Role.IsProviding() && IsProvider(referral, actor);

    private static bool IsReferrer(Referral referral, Actor actor) => referral.Referrer.Organisation == actor.Organisation;

    private static bool IsProvider(Referral referral, Actor actor) => referral.Service.Provider == actor.Organisation;
}
