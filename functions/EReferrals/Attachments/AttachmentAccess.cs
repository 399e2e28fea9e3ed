using EReferrals.Http;
using EReferrals.Lifecycle.Reading;
using EReferrals.Referrals.Letters;
using EReferrals.Security;
using EReferrals.Services;
using EReferrals.Storage.Retention;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Attachments;

/// <summary>Finds an attachment for a caller who may read it. Knowing its id gives no right to read it.</summary>
public sealed class AttachmentAccess(
    AttachmentTable attachments, ReferralTable referrals, GoneReferrals gone, ReferralAccess access, SuccessionRegister register)
{
    /// <summary>Returns the attachment, whatever its status, or a problem (404 or 403).</summary>
    public async Task<Result<Attachment>> OpenAsync(string id, FunctionContext context, CancellationToken cancellationToken)
    {
        var actor = context.Actor();
        var attachment = AttachmentId.TryParse(id, out var normalised) ? await attachments.FindAsync(normalised, cancellationToken) : null;
        if (attachment is null) return Unknown;
        var ubrn = AttachmentRules.BelongsTo(attachment);
        var referral = ubrn is null ? null : (await referrals.FindAsync(ubrn.Value, cancellationToken))?.Referral;
        // The deletion of the referral is deleting the file.
        if (ubrn is not null && referral is null && await gone.FindFirstAsync(ubrn.Value, cancellationToken) is not null) return Unknown;
        var view = referral is null ? null : await access.ViewAsync(referral, actor, cancellationToken);
        if (AttachmentRules.MayRead(attachment, referral, view, actor)) return attachment;
        var successorsAttachment = (await register.CurrentAsync(cancellationToken)).Apply(attachment);
        if (AttachmentRules.MayRead(successorsAttachment, referral, view, actor)) return attachment;
        if (AttachmentRules.BelongsTo(attachment) is { } refused) context.SetReferral(refused);
        return Forbidden.WithoutRelationship(actor, "Your organisation has no relationship with the referral of this attachment.");
    }

    private static Problem Unknown { get; } = Problem.NotFound("There is no attachment with this id.");
}
