using System.Globalization;
using System.Text.Json.Nodes;
using EReferrals.Ers.Fhir;
using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Resources;

/// <summary>Writes a linked file as a contained DocumentReference.</summary>
internal static class DocumentResource
{
    public const string Profile = "eRS-DocumentReference-1";

    /// <summary>The id of the contained resource. It is made from the id of the file, so it stays when other files come and go.</summary>
    public static string IdOf(LinkedAttachment file) => $"DocumentReference-{NumberOf(file)}";

    public static JsonObject From(Referral referral, LinkedAttachment file, AttachmentStatus status)
    {
        var type = FhirNodes.Coding(ErsUrls.CodeSystem("eRS-AttachmentType-1"), Code.From(file.Type), Displays.Title(Code.From(file.Type)));
        var document = new JsonObject
        {
            ["id"] = IdOf(file),
            ["meta"] = FhirNodes.Meta(ErsUrls.Profile(Profile)),
            ["resourceType"] = "DocumentReference",
            ["type"] = FhirNodes.Concept(type),
            ["status"] = "current",
            ["indexed"] = InstantConverter.TextOf(file.AttachedAt),
        };
        if (file.Description is { } description) document["description"] = description;
        document["content"] = new JsonArray(new JsonObject { ["attachment"] = Attachment(referral, file, status) });
        return document;
    }

    private static JsonObject Attachment(Referral referral, LinkedAttachment file, AttachmentStatus status) => new()
    {
        ["id"] = NumberOf(file),
        ["extension"] = new JsonArray([.. Extensions(referral, file, status)]),
        ["contentType"] = file.ContentType,
        ["url"] = $"Binary/{file.Id}",
        ["size"] = file.Size,
        ["title"] = file.Name,
        ["creation"] = UkTime.DateOf(file.AttachedAt).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    };

    private static IEnumerable<JsonObject> Extensions(Referral referral, LinkedAttachment file, AttachmentStatus status)
    {
        var by = file.AttachedBy;
        yield return Reference("eRS-AttachedBy-1", ErsUrls.User, by.User);
        yield return FhirNodes.Extension(
            ErsUrls.Extension("eRS-AvailabilityStatus-1"),
            "valueCoding",
            FhirNodes.Coding(ErsUrls.CodeSystem("eRS-AvailabilityStatus-1"), Code.From(status)));
        yield return Reference("eRS-AttachedByOrganisation-1", ErsUrls.Organisation, by.Organisation);
        // An admin of the practice acts for the responsible clinician.
        if ((by.OnBehalfOf ?? (by.Role == Role.ReferringClinicianAdmin ? referral.Referrer.Clinician : null)) is { } clinician)
        {
            yield return Reference("eRS-AttachedOnBehalfOf-1", ErsUrls.User, clinician);
        }
    }

    private static JsonObject Reference(string extension, string system, string value) =>
        FhirNodes.Extension(ErsUrls.Extension(extension), "valueReference", FhirNodes.Logical(system, value));

    // 52 bits of the random id: digits only, as e-RS has them, and unique within a referral for all practical purposes.
    private static string NumberOf(LinkedAttachment file) =>
        Convert.ToInt64(file.Id.Replace("-", "", StringComparison.Ordinal)[..13], 16).ToString(CultureInfo.InvariantCulture);
}
