using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using EReferrals.Ers.Fhir;
using EReferrals.Referrals;
using EReferrals.Referrals.Appointments;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.ReferenceData;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Resources;

/// <summary>Writes a referral as an STU3 ReferralRequest.</summary>
internal static class ReferralRequestResource
{
    public static string Reference(Referral referral) => $"ReferralRequest/{referral.Ubrn}";

    public static string VersionedReference(Referral referral) =>
        string.Create(CultureInfo.InvariantCulture, $"ReferralRequest/{referral.Ubrn}/_history/{referral.Version}");

    /// <summary>The identifier of the request, <c>r.</c> and a UUID made from the UBRN.</summary>
    public static string RequestId(Ubrn ubrn)
    {
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes($"ereferrals:referral:{ubrn}")).AsSpan(0, 16);
        // Version 8 and the RFC variant: a UUID of our own making.
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return $"r.{new Guid(hash, bigEndian: true)}";
    }

    /// <param name="statuses">The present scan status of each attachment, by id.</param>
    /// <param name="names">The names of the shortlisted services, by id.</param>
    public static JsonObject From(
        Referral referral, IReadOnlyDictionary<string, AttachmentStatus> statuses, IReadOnlyDictionary<string, string> names, string baseUrl)
    {
        var record = AppointmentRecords.Of(referral);
        var request = new JsonObject
        {
            ["id"] = referral.Ubrn.ToString(),
            ["meta"] = FhirNodes.VersionedMeta(referral.Version, ErsUrls.Profile("eRS-ReferralRequest-1")),
            ["resourceType"] = "ReferralRequest",
            ["extension"] = new JsonArray([.. Extensions(referral, record, baseUrl)]),
            ["contained"] = new JsonArray([.. Contained(referral, record, statuses, names, baseUrl)]),
            ["status"] = Code.From(referral.Status).ToLowerInvariant(),
        };
        // Nothing is booked or deferred in NOT_BOOKED, so e-RS shows no specialty there.
        if (referral.State != ReferralState.NotBooked && referral.Specialty is { } specialty)
        {
            request["specialty"] = FhirNodes.Concept(
                FhirNodes.Coding(ErsUrls.Served(baseUrl, "SPECIALTY"), specialty, ReferenceList.Specialties.DisplayOf(specialty)));
        }

        request["subject"] = FhirNodes.Logical(ErsUrls.NhsNumber, referral.Patient.NhsNumber.Reveal());
        request["supportingInfo"] = new JsonArray([.. referral.Attachments.Select(file => FhirNodes.Reference($"#{DocumentResource.IdOf(file)}"))]);
        request["intent"] = "plan";
        request["identifier"] = new JsonArray(FhirNodes.Identifier(ErsUrls.RequestId, RequestId(referral.Ubrn)));
        return request;
    }

    private static IEnumerable<JsonObject> Extensions(Referral referral, AppointmentRecord? record, string baseUrl)
    {
        if (AppointmentResource.IsShown(record))
        {
            yield return Extension("eRS-Appointment-1", "valueReference", FhirNodes.Reference("#appointment"));
            var reference = $"Appointment/{AppointmentId.Of(referral.Ubrn, record!)}";
            yield return Extension("eRS-Appointment-Reference-1", "valueReference", FhirNodes.Reference(reference));
        }

        if (LetterRules.FirstAt(referral) is { } first) yield return Instant("eRS-ClinicalInfoFirstSubmitted-1", "valueDateTime", first);
        if (referral.LettersChangedAt is { } changed) yield return Instant("eRS-ClinicalInfoLastUpdated-1", "valueDateTime", changed);
        // Until a service of the shortlist is used, only a supplied start is known.
        if (record is not null || referral.PathwayStart != referral.Received)
        {
            yield return Instant("eRS-eReferralPathwayStart-1", "valueInstant", referral.PathwayStart);
        }

        var priority = FhirNodes.Coding(ErsUrls.CodeSystem("eRS-Priority-1"), Code.From(referral.Priority), Displays.Of(referral.Priority));
        yield return Extension("eRS-ReferralPriority-1", "valueCodeableConcept", FhirNodes.Concept(priority));
        yield return Extension("eRS-ReferralShortlist-1", "valueReference", FhirNodes.Reference($"#{ShortlistResource.Id}"));
        yield return Extension(
            "eRS-Commissioning-Rule-Org-1", "valueIdentifier", FhirNodes.Identifier(ErsUrls.Organisation, referral.Referrer.Organisation));
        yield return State(referral, baseUrl);
    }

    private static JsonObject State(Referral referral, string baseUrl)
    {
        var state = FhirNodes.Coding(ErsUrls.CodeSystem("eRS-ReferralState-1"), Code.From(referral.State), Displays.OnReferral(referral.State));
        var inner = new JsonArray(FhirNodes.Extension("state", "valueCoding", state));
        if (referral.Reason is { } reason)
        {
            inner.Add((JsonNode)FhirNodes.Extension("reason", "valueCoding", ReasonCodings.OfState(referral.State, reason, baseUrl)));
            // Comments without a reason, such as those of a booking, belong to the appointment.
            if (referral.Comments is { } comments) inner.Add((JsonNode)FhirNodes.Extension("comments", "valueString", comments));
        }

        return new JsonObject { ["url"] = ErsUrls.Extension("eRS-ReferralState-1"), ["extension"] = inner };
    }

    private static IEnumerable<JsonObject> Contained(
        Referral referral,
        AppointmentRecord? record,
        IReadOnlyDictionary<string, AttachmentStatus> statuses,
        IReadOnlyDictionary<string, string> names,
        string baseUrl)
    {
        yield return CriteriaResource.From(referral, baseUrl);
        yield return ShortlistResource.From(referral, names);
        if (AppointmentResource.IsShown(record)) yield return AppointmentResource.From(referral, record!, "appointment", baseUrl);
        foreach (var file in referral.Attachments)
        {
            yield return DocumentResource.From(referral, file, statuses.GetValueOrDefault(file.Id, AttachmentStatus.Pending));
        }
    }

    private static JsonObject Instant(string name, string type, DateTimeOffset instant) => Extension(name, type, InstantConverter.TextOf(instant));

    private static JsonObject Extension(string name, string type, JsonNode value) => FhirNodes.Extension(ErsUrls.Extension(name), type, value);
}
