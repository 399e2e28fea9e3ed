using EReferrals.Lifecycle.Reading;
using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;

namespace EReferrals.Contingency.Printing;

/// <summary>Reads the contents of a referral's sheet.</summary>
public sealed class SheetReader(ReferralTable referrals, ReferralAccess access, AttachmentTable attachments)
{
    /// <summary>
    /// Returns the version that the reader may see: the referral may have left the organisation since it was listed. Null when the reader may see none.
    /// </summary>
    internal async Task<SheetContent?> FindAsync(Ubrn ubrn, Actor reader, CancellationToken cancellationToken)
    {
        if (await referrals.FindAsync(ubrn, cancellationToken) is not { } stored) return null;
        if (await access.ViewAsync(stored.Referral, reader, cancellationToken) is not { } referral) return null;
        var files = await attachments.FindManyAsync(referral.Attachments.Select(file => file.Id), cancellationToken);
        return new SheetContent(referral, files.ToDictionary(file => file.Key, file => file.Value.Status));
    }
}

/// <param name="Statuses">The scan status of each attachment, by its id.</param>
internal sealed record SheetContent(Referral Referral, IReadOnlyDictionary<string, AttachmentStatus> Statuses);
