using EReferrals.Http;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Services;
using EReferrals.Storage.Tables;

namespace EReferrals.Attachments;

/// <summary>Finds an attachment for somebody who may read it. Knowing its id alone gives nobody a right.</summary>
public sealed class AttachmentAccess(AttachmentTable attachments, ReferralTable referrals, SuccessionRegister register)
{
    /// <summary>The attachment, whatever its status; or the problem, 404 or 403.</summary>
    public async Task<Result<Attachment>> OpenAsync(string id, Actor actor, CancellationToken cancellationToken)
    {
        var attachment = AttachmentId.TryParse(id, out var known) ? await attachments.FindAsync(known, cancellationToken) : null;
        if (attachment is null) return Problem.NotFound("There is no such attachment.");
        var referral = AttachmentRules.BelongsTo(attachment) is { } ubrn ? await referrals.FindAsync(ubrn, cancellationToken) : null;
        if (AttachmentRules.MayRead(attachment, referral?.Referral, actor)) return attachment;
        var owned = (await register.CurrentAsync(cancellationToken)).Apply(attachment);
        if (AttachmentRules.MayRead(owned, referral?.Referral, actor)) return attachment;
        return Problem.Forbidden("NO_RELATIONSHIP", "Your organisation has no relationship with the referral that this belongs to.");
    }
}
