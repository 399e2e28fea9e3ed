using System.Globalization;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Letters;

/// <summary>Decides what may be done with an attachment, and which status it has after a scan verdict.</summary>
public static class AttachmentRules
{
    /// <summary>
    /// Returns why a submission or a set of letters may not name this attachment; null when it may. An attachment that is still being scanned
    /// may be named, because the referral must not wait for the scanner.
    /// </summary>
    /// <param name="attachment">Null when the id is unknown.</param>
    /// <param name="organisation">The organisation that names the attachment.</param>
    /// <param name="ubrn">The referral to link the attachment to; null when the UBRN is not allocated yet.</param>
    public static Refusal? MayBeNamed(Attachment? attachment, string organisation, Ubrn? ubrn, string pointer) =>
        MayBeLinked(attachment, organisation, ubrn, pointer) ?? WhyNotOpened(attachment!, pointer);

    /// <summary>
    /// Like <see cref="MayBeNamed"/>, but ignores the scan status: a verdict may arrive before or after the link, and the result must be the same.
    /// </summary>
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

    /// <summary>Returns a refusal for each attachment whose file name another one of the request has; empty when the names differ.</summary>
    /// <param name="kept">The ids of the files that the referral already has: their names are as they are.</param>
    internal static IEnumerable<Refusal> SameNames(IReadOnlyCollection<string> kept, IReadOnlyList<NamedAttachment> named)
    {
        var names = named.Where(file => kept.Contains(file.Id)).Select(file => file.Found?.Name).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
        for (var at = 0; at < named.Count; at++)
        {
            if (named[at].Found is not { } attachment || kept.Contains(named[at].Id) || names.Add(attachment.Name)) continue;
            yield return new Refusal("FileNamesMustDiffer", "DUPLICATE_FILENAME", "Another file of the request has the same name.", PointerOf(at));
        }
    }

    internal static string PointerOf(int at) => string.Create(CultureInfo.InvariantCulture, $"/attachments/{at}");

    /// <summary>Returns why the attachment cannot be opened, or null when it can be opened or is expected to be scanned in time.</summary>
    /// <param name="scanWithin">How long a file may wait for the scanner.</param>
    public static ProblemCode? WhyUnreadable(Attachment attachment, TimeSpan scanWithin, DateTimeOffset now) => attachment.Status switch
    {
        AttachmentStatus.ThreatsFound or AttachmentStatus.ValidationFailed => ProblemCode.LetterBlocked,
        AttachmentStatus.Pending when attachment.UploadedAt + scanWithin <= now => ProblemCode.LetterNotScanned,
        _ => null,
    };

    // Such a file can never be opened, and the referral would appear to have a letter.
    private static Refusal? WhyNotOpened(Attachment attachment, string pointer) => attachment.Status switch
    {
        AttachmentStatus.ThreatsFound => new Refusal(
            "AttachmentMustBeClean", "INVALID_STATE", "A threat was found in the attachment (THREATS_FOUND). Upload a clean file.", pointer),
        AttachmentStatus.ValidationFailed => new Refusal(
            "AttachmentMustBeReadable", "INVALID_STATE", "The attachment could not be scanned (VALIDATION_FAILED). Upload the file again.", pointer),
        _ => null,
    };

    /// <summary>
    /// The status after a verdict. Verdicts may arrive twice and in any order, but the bytes never change, so the greatest verdict applies:
    /// a threat is final, and a later scan that only failed does not hide a file that was found clean.
    /// </summary>
    public static AttachmentStatus After(AttachmentStatus current, AttachmentStatus verdict) => verdict > current ? verdict : current;

    /// <summary>
    /// The referral whose relationships decide who may read the attachment; null when there is none and only the uploading organisation may read it.
    /// </summary>
    public static Ubrn? BelongsTo(Attachment attachment) => attachment.LinkedTo ?? attachment.UploadedFor;

    /// <summary>
    /// The referral that a reader of the attachment sees, for the audit trail; null when there is none. That an upload names a referral proves nothing, unless
    /// its organisation has or had that referral.
    /// </summary>
    /// <param name="referral">The referral that the attachment belongs to; null when there is none.</param>
    public static Ubrn? About(Attachment attachment, Referral? referral)
    {
        if (attachment.LinkedTo is { } linked) return linked;
        var isKnown = referral is not null && (IsOn(referral, attachment) || Relationships.HasHad(referral, attachment.UploadedBy.Organisation));
        return isKnown ? referral!.Ubrn : null;
    }

    /// <summary>
    /// Whether this caller may read the attachment. Only the uploading organisation may read an attachment that is not (or no longer) on a
    /// referral, because it may be about another patient.
    /// </summary>
    /// <param name="referral">The referral that the attachment belongs to; null when there is none.</param>
    /// <param name="view">The version of it that the actor may read; null when it may read none.</param>
    public static bool MayRead(Attachment attachment, Referral? referral, Referral? view, Actor actor) =>
        IsOn(view, attachment) || (!IsOn(referral, attachment) && attachment.UploadedBy.Organisation == actor.Organisation);

    private static bool IsOn(Referral? referral, Attachment attachment) => referral?.Attachments.Any(listed => listed.Id == attachment.Id) == true;
}
