namespace EReferrals.Security;

/// <summary>What came of looking at a token.</summary>
public abstract record TokenVerdict
{
    private TokenVerdict()
    {
    }

    public sealed record Valid(Caller Caller) : TokenVerdict;

    /// <param name="Subject">Whose it is, when our issuer signed it and it is refused for another reason (too old, for another audience).</param>
    public sealed record Invalid(string Detail, string? Subject = null) : TokenVerdict;

    /// <summary>Nothing can be said: the issuer's keys were never fetched and cannot be fetched now.</summary>
    public sealed record Unknown : TokenVerdict;
}
