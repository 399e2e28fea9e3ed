namespace EReferrals.Security;

/// <summary>The result of validating a token.</summary>
public abstract record TokenVerdict
{
    private TokenVerdict()
    {
    }

    public sealed record Valid(Caller Caller) : TokenVerdict;

    /// <param name="Subject">
    /// The token's subject when our issuer signed it and it is refused for another reason (expired, not yet valid, another audience); else null.
    /// </param>
    public sealed record Invalid(string Detail, string? Subject = null) : TokenVerdict;

    /// <summary>The token cannot be validated, because there are no keys (<see cref="SigningKeys"/>).</summary>
    public sealed record Unknown : TokenVerdict;
}
