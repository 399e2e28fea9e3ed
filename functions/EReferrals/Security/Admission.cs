using EReferrals.Http;
using EReferrals.Referrals.Organisations;

namespace EReferrals.Security;

/// <summary>The decision on whether a caller may call a function, and in which organisation and role.</summary>
public abstract record Admission
{
    private Admission()
    {
    }

    public sealed record Granted(Actor Actor) : Admission;

    /// <param name="Claimed">
    /// The organisation and role that the caller claimed, for the audit trail; null for a malformed request (400) or an application without a valid role.
    /// </param>
    public sealed record Refused(Problem Problem, Claim? Claimed) : Admission;

    /// <summary>Well-formed but unverified: a refused caller may claim any organisation and any role.</summary>
    public sealed record Claim(string Organisation, string Role, string? OnBehalfOf);
}
