namespace EReferrals.Referrals.Organisations;

/// <summary>Who did something: a user (12-digit SDS id) or an application, for which organisation (ODS code), in which role.</summary>
/// <param name="OnBehalfOf">The clinician an SPCA acts for; null in every other role.</param>
public sealed record Actor(string User, string Organisation, Role Role, string? OnBehalfOf = null)
{
    /// <summary>The service itself, when no person decided: a submission to a service that does not exist.</summary>
    public static Actor System { get; } = new("system", "system", Role.Operator);
}
