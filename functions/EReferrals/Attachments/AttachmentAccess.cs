using EReferrals.Http;
using EReferrals.Lifecycle.Reading;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Services;
using EReferrals.Storage.Tables;

namespace EReferrals.Attachments;

/// <summary>Finds an attachment for a caller who may read it. Knowing its id gives no right to read it.</summary>
public sealed class AttachmentAccess(
    AttachmentTable attachments, ReferralTable referrals, ReferralAccess access, SuccessionRegister register)
{
    /// <summary>Returns the attachment, whatever its status, or a problem (404 or 403).</summary>
    public async Task<Result<Attachment>> OpenAsync(string id, Actor actor, CancellationToken cancellationToken)
    {
        var attachment = AttachmentId.TryParse(id, out var normalised) ? await attachments.FindAsync(normalised, cancellationToken) : null;
        if (attachment is null) return Problem.NotFound("There is no attachment with this id.");
        var referral = AttachmentRules.BelongsTo(attachment) is { } ubrn ? (await referrals.FindAsync(ubrn, cancellationToken))?.Referral : null;
        var view = referral is null ? null : await access.ViewAsync(referral, actor, cancellationToken);
        if (AttachmentRules.MayRead(attachment, referral, view, actor)) return attachment;
        var successorsAttachment = (await register.CurrentAsync(cancellationToken)).Apply(attachment);
        if (AttachmentRules.MayRead(successorsAttachment, referral, view, actor)) return attachment;
        return Forbidden.WithoutRelationship(actor, "Your organisation has no relationship with the referral of this attachment.");
    }
}
