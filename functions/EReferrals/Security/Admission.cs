using EReferrals.Http;
using EReferrals.Referrals.Organisations;

namespace EReferrals.Security;

/// <summary>Whether a caller may call a function, and as whom.</summary>
public abstract record Admission
{
    private Admission()
    {
    }

    public sealed record Granted(Actor Actor) : Admission;

    /// <param name="Claimed">As whom the caller wanted to come in, for the audit trail. Null when the request could not be read (400).</param>
    public sealed record Refused(Problem Problem, Claim? Claimed) : Admission;

    /// <summary>Well-formed, and not proved: a refused caller may claim any organisation and any role.</summary>
    public sealed record Claim(string Organisation, string Role, string? OnBehalfOf);
}
