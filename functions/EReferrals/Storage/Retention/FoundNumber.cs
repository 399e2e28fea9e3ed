using EReferrals.Referrals;
using EReferrals.Referrals.Retention;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Retention;

/// <summary>What is stored under a UBRN.</summary>
public abstract record FoundNumber
{
    private FoundNumber()
    {
    }

    public sealed record Nothing : FoundNumber;

    /// <param name="Tag">The ETag of the row.</param>
    public sealed record Present(Referral Referral, string Tag) : FoundNumber;

    /// <param name="Tag">The ETag of the row.</param>
    public sealed record Alias(Ubrn First, string Tag) : FoundNumber;

    /// <param name="Tag">The ETag of the row.</param>
    public sealed record Gone(Tombstone Stone, string Tag) : FoundNumber;
}
