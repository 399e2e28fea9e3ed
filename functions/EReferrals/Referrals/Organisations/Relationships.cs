namespace EReferrals.Referrals.Organisations;

/// <summary>
/// Decides which organisations have a legitimate relationship with a referral: its referrer, and the present and former providers of its service.
/// </summary>
public static class Relationships
{
    /// <summary>
    /// Returns the version of which the actor may read the clinical content; null when it may read none. A former provider may read the last version
    /// that it was sent. Service provider admins and referring admins see worklists only.
    /// </summary>
    public static int? ReadableVersion(Referral referral, Actor actor) => actor.Role switch
    {
        Role.ReferringClinician or Role.ReferringClinicianAdmin =>
            IsReferrer(referral, actor) || referral.PastReferrers.Contains(actor.Organisation) ? referral.Version : null,
        Role.ServiceProviderClinician or Role.ServiceProviderClinicianAdmin or Role.ProviderAuthorisedApplication =>
            IsProvider(referral, actor) ? referral.Version
            : referral.PastProviders.Contains(actor.Organisation) ? LastSentVersion.Of(referral.LastSent, actor.Organisation)
            : null,
        _ => null,
    };

    /// <summary>Whether the actor may change the referral. Former providers and succeeded organisations may only read it.</summary>
    public static bool MayChange(Referral referral, Actor actor) =>
        actor.Role.IsReferring() ? IsReferrer(referral, actor) : actor.Role.IsProviding() && IsProvider(referral, actor);

    /// <summary>Whether the organisation refers or provides the referral, or did so before.</summary>
    public static bool HasHad(Referral referral, string organisation) =>
        referral.Referrer.Organisation == organisation || referral.Service.Provider == organisation
        || referral.PastReferrers.Contains(organisation) || referral.PastProviders.Contains(organisation);

    private static bool IsReferrer(Referral referral, Actor actor) => referral.Referrer.Organisation == actor.Organisation;

    private static bool IsProvider(Referral referral, Actor actor) => referral.Service.Provider == actor.Organisation;
}
