using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Letters;

/// <summary>What may be done with an attachment, and what a scan verdict makes of it.</summary>
public static class AttachmentRules
{
    /// <summary>
    /// Whether a submission or a set of letters may name this attachment; null when it may. One that is still being scanned may be named:
    /// the referral must not wait for the scanner.
    /// </summary>
    /// <param name="attachment">Null when the id is unknown.</param>
    /// <param name="organisation">The organisation that names it.</param>
    /// <param name="ubrn">The referral it is to be linked to; null when the number is not known yet.</param>
    public static Refusal? MayBeNamed(Attachment? attachment, string organisation, Ubrn? ubrn, string pointer) =>
        MayBeLinked(attachment, organisation, ubrn, pointer) ?? WhyNotOpened(attachment!, pointer);

    /// <summary>The same without the verdict of the scanner: it may come before the link or after it, and the end must be the same.</summary>
    public static Refusal? MayBeLinked(Attachment? attachment, string organisation, Ubrn? ubrn, string pointer) => attachment switch
    {
        null => new Refusal("AttachmentMustExist", "REFERENCE_NOT_FOUND", "There is no such attachment. Upload the file first.", pointer),
        _ when attachment.UploadedBy.Organisation != organisation => new Refusal(
            "AttachmentMustBeOwn", "INAPPROPRIATE_VALUE", "The attachment was uploaded by another organisation.", pointer),
        { LinkedTo: { } linked } when linked != ubrn => new Refusal(
            "AttachmentMustBeFree", "INAPPROPRIATE_VALUE", "The attachment belongs to another referral. Upload the file again.", pointer),
        { UploadedFor: { } named } when named != ubrn => new Refusal(
            "AttachmentMustBeForThisReferral", "INAPPROPRIATE_VALUE", "The attachment was uploaded for another referral.", pointer),
        _ => null,
    };

    /// <summary>Why nobody can open it, when that is more than a matter of minutes; else null.</summary>
    /// <param name="scanWithin">For how long a file may wait for the scanner.</param>
    public static ProblemCode? WhyUnreadable(Attachment attachment, TimeSpan scanWithin, DateTimeOffset now) => attachment.Status switch
    {
        AttachmentStatus.ThreatsFound or AttachmentStatus.ValidationFailed => ProblemCode.LetterBlocked,
        AttachmentStatus.Pending when attachment.UploadedAt + scanWithin <= now => ProblemCode.LetterNotScanned,
        _ => null,
    };

    // Nobody could ever open it, and it would stand in for a letter.
    private static Refusal? WhyNotOpened(Attachment attachment, string pointer) => attachment.Status switch
    {
        AttachmentStatus.ThreatsFound => new Refusal(
            "AttachmentMustBeClean", "INVALID_STATE", "A threat was found in the attachment (THREATS_FOUND). Upload a clean file.", pointer),
        AttachmentStatus.ValidationFailed => new Refusal(
            "AttachmentMustBeReadable", "INVALID_STATE", "The attachment could not be scanned (VALIDATION_FAILED). Upload the file again.", pointer),
        _ => null,
    };

    /// <summary>
    /// The status after a verdict. Verdicts arrive twice and in any order, and the bytes behind them never change, so that the greatest
    /// holds: a threat is for good, and a later scan that merely failed does not hide a file that was found clean.
    /// </summary>
    public static AttachmentStatus After(AttachmentStatus current, AttachmentStatus verdict) => verdict > current ? verdict : current;

    /// <summary>The referral whose relationships decide who may read it; null while only its uploader may.</summary>
    public static Ubrn? BelongsTo(Attachment attachment) => attachment.LinkedTo ?? attachment.UploadedFor;

    /// <summary>
    /// Whether this caller may read it. What stands on no referral (yet), or was taken off it, is for its uploader alone: it may be about somebody else.
    /// </summary>
    /// <param name="referral">The referral that it belongs to, if there is one.</param>
    public static bool MayRead(Attachment attachment, Referral? referral, Actor actor) => referral?.Attachments.Any(listed => listed.Id == attachment.Id) == true
        ? Relationships.MayRead(referral, actor)
        : attachment.UploadedBy.Organisation == actor.Organisation;
}
