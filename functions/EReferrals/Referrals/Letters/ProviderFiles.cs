using EReferrals.Referrals.Organisations;

namespace EReferrals.Referrals.Letters;

/// <summary>Adds files of the provider to a referral, together with a review. They are added to the present ones and never replace them.</summary>
internal static class ProviderFiles
{
    /// <summary>Returns what is wrong with the files; empty when they may be added.</summary>
    public static Refusal[] Faults(Referral referral, IReadOnlyList<NamedAttachment> files, Actor actor) =>
    [
        .. files.Select((file, at) => AttachmentRules.MayBeNamed(file.Found, actor.Organisation, referral.Ubrn, AttachmentRules.PointerOf(at)))
            .Concat(files.Select((file, at) => WhyNotForReferral(referral, file, at)))
            .OfType<Refusal>().DistinctBy(refusal => refusal.Pointer),
        .. AttachmentRules.SameNames([], files),
    ];

    public static Referral With(Referral referral, IReadOnlyList<NamedAttachment> files, Actor actor, DateTimeOffset now) => files.Count == 0
        ? referral
        : referral with
        {
            Attachments =
            [
                .. referral.Attachments,
                .. files.Select(file => LinkedAttachment.From(file.Found!, AttachmentType.Provider, actor, now) with { Description = file.Description }),
            ],
        };

    // A provider's file is always about one referral, so the upload must have named it.
    private static Refusal? WhyNotForReferral(Referral referral, NamedAttachment file, int at) =>
        file.Found is null || file.Found.UploadedFor == referral.Ubrn
            ? null
            : new Refusal(
                "AttachmentMustBeForThisReferral", "INAPPROPRIATE_VALUE", "The file was not uploaded for this referral.", AttachmentRules.PointerOf(at));
}
