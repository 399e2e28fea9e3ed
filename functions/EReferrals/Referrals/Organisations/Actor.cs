namespace EReferrals.Referrals.Organisations;

/// <summary>Who acted: a user (12-digit SDS id) or an application, with its organisation (ODS code) and role.</summary>
/// <param name="OnBehalfOf">The clinician for whom a SERVICE_PROVIDER_CLINICIAN_ADMIN acts; null in every other role.</param>
public sealed record Actor(string User, string Organisation, Role Role, string? OnBehalfOf = null)
{
    /// <summary>The service itself, for changes that no person made, such as the rejection of a submission to an unknown service.</summary>
    public static Actor System { get; } = new("system", "system", Role.Operator);
}
