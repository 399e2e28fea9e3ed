using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Storage.Tables;

namespace EReferrals.Lifecycle.Reading;

/// <summary>
/// Decides what a reader sees of a referral, for every read at every door. A former provider sees the last version that it was sent, with the attachments of
/// that version, and nothing that came later.
/// </summary>
public sealed class ReferralAccess(ReferralTable referrals)
{
    /// <summary>
    /// Returns the version that the reader may see: the present one, or an earlier one for a former provider. Null when the reader has no relationship
    /// with the referral, or when its version was not kept.
    /// </summary>
    /// <param name="referral">The referral as it is now.</param>
    public async Task<Referral?> ViewAsync(Referral referral, Actor reader, CancellationToken cancellationToken) =>
        Relationships.ReadableVersion(referral, reader) switch
        {
            null => null,
            { } version when version == referral.Version => referral,
            { } version => await referrals.FindSentAsync(referral.Ubrn, version, cancellationToken),
        };
}
