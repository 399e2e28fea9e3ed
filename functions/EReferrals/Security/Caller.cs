namespace EReferrals.Security;

/// <summary>The caller that a valid token identifies.</summary>
/// <param name="Roles"><c>ODS:ROLE</c> pairs from the token.</param>
/// <param name="OnBehalfOf">
/// The clinicians that a SERVICE_PROVIDER_CLINICIAN_ADMIN may act for, each with the organisation: <c>ODS:USER_ID</c> pairs from the token.
/// </param>
/// <param name="GoodUntil">When the token expires, with the allowed clock skew added.</param>
public sealed record Caller(
    string Subject, bool IsApplication, IReadOnlySet<string> Roles, IReadOnlySet<string> OnBehalfOf, DateTimeOffset GoodUntil);
