using EReferrals.Http;
using EReferrals.Lifecycle.Reading;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Services;
using EReferrals.Storage.Retention;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Attachments;

/// <summary>
/// Finds an attachment for a caller who may read it, and decides for which referral a caller may upload one. Knowing an id or a number gives no right.
/// </summary>
public sealed class AttachmentAccess(
    AttachmentTable attachments, ReferralTable referrals, GoneReferrals gone, ReferralAccess access, MissingReferrals missing,
    SuccessionRegister register)
{
    /// <summary>Returns the attachment, whatever its status, or a problem (404 or 403).</summary>
    public async Task<Result<OpenedAttachment>> OpenAsync(string id, FunctionContext context, CancellationToken cancellationToken)
    {
        var actor = context.Actor();
        var attachment = AttachmentId.TryParse(id, out var normalised) ? await attachments.FindAsync(normalised, cancellationToken) : null;
        if (attachment is null) return Unknown;
        var ubrn = AttachmentRules.BelongsTo(attachment);
        var referral = ubrn is null ? null : (await referrals.FindAsync(ubrn.Value, cancellationToken))?.Referral;
        // The deletion of the referral is deleting the file.
        if (ubrn is not null && referral is null && await gone.FindFirstAsync(ubrn.Value, cancellationToken) is not null) return Unknown;
        var view = referral is null ? null : await access.ViewAsync(referral, actor, cancellationToken);
        var opened = new OpenedAttachment(attachment, AttachmentRules.About(attachment, referral));
        if (AttachmentRules.MayRead(attachment, referral, view, actor)) return opened;
        var successorsAttachment = (await register.CurrentAsync(cancellationToken)).Apply(attachment);
        if (AttachmentRules.MayRead(successorsAttachment, referral, view, actor)) return opened;
        if (opened.About is { } refused) context.SetReferral(refused);
        return Forbidden.WithoutRelationship(actor, "Your organisation has no relationship with the referral of this attachment.");
    }

    /// <summary>
    /// Returns why the caller may not upload a file for this referral: 403, or 410 and 404 for one that was deleted. Null when it may change the referral, and
    /// for a number without a referral, because its submission may still wait in the queue.
    /// </summary>
    public async Task<Problem?> WhyNotForAsync(Ubrn ubrn, FunctionContext context, CancellationToken cancellationToken)
    {
        var actor = context.Actor();
        if (await referrals.FindAsync(ubrn, cancellationToken) is not { } stored) return await missing.FindAsync(ubrn, actor, cancellationToken);
        if (Relationships.MayChange(stored.Referral, actor)) return null;
        context.SetReferral(stored.Referral.Ubrn);
        return Forbidden.WithoutRelationship(actor, $"Your organisation may not change the referral that {UploadHeaders.ReferralHeader} names.");
    }

    private static Problem Unknown { get; } = Problem.NotFound("There is no attachment with this id.");
}

/// <summary>An attachment that the caller may read.</summary>
/// <param name="About">The referral that a reader of the file sees, for the audit trail; null when the file says nothing reliable about any.</param>
public sealed record OpenedAttachment(Attachment Attachment, Ubrn? About);
