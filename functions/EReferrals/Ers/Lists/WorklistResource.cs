using System.Text.Json.Nodes;
using EReferrals.Ers.Fhir;
using EReferrals.Referrals.Lists;

namespace EReferrals.Ers.Lists;

/// <summary>Writes a worklist as a List (section 5 of the contract).</summary>
internal static class WorklistResource
{
    public static JsonObject From(Worklist list, IReadOnlyList<WorklistEntry> entries, string baseUrl)
    {
        var resource = new JsonObject
        {
            ["meta"] = FhirNodes.Meta(ErsUrls.Profile("eRS-FetchWorklist-List-1")),
            ["resourceType"] = "List",
        };
        if (list == Worklist.ReferralsForReview && entries.Count > 0) resource["contained"] = Contained(entries);
        resource["status"] = "current";
        resource["mode"] = "snapshot";
        var url = ErsUrls.Extension(NameOf(list));
        resource["entry"] = new JsonArray([.. entries.Select(entry => new JsonObject
        {
            ["extension"] = new JsonArray(new JsonObject { ["extension"] = new JsonArray([.. EntryFields.Of(list, entry, baseUrl)]), ["url"] = url }),
            ["item"] = FhirNodes.Reference($"ReferralRequest/{entry.Ubrn}"),
        })]);
        return resource;
    }

    // Each patient and each practitioner once, however many entries refer to them.
    private static JsonArray Contained(IReadOnlyList<WorklistEntry> entries)
    {
        var practitioners = entries.SelectMany(entry => new[] { entry.NamedClinician, entry.Clinician }).OfType<string>().Distinct();
        var patients = entries.Select(entry => entry.Patient.NhsNumber.Reveal()).Distinct();
        return
        [
            .. practitioners.Select(user => Resource(EntryFields.PractitionerId(user), "Practitioner", ErsUrls.User, user)),
            .. patients.Select(number => Resource(EntryFields.PatientId(number), "Patient", ErsUrls.NhsNumber, number)),
        ];
    }

    private static JsonObject Resource(string id, string type, string system, string value) => new()
    {
        ["id"] = id,
        ["meta"] = FhirNodes.Meta(ErsUrls.Profile($"eRS-{type}-1")),
        ["resourceType"] = type,
        ["identifier"] = new JsonArray(FhirNodes.Identifier(system, value)),
    };

    private static string NameOf(Worklist list) => list switch
    {
        Worklist.ReferralsForReview => "eRS-ReferralsforReview-WorkListItem-1",
        Worklist.AppointmentSlotIssues => "eRS-AppointmentSlotIssues-WorkListItem-1",
        Worklist.RejectedTriageResponse => "eRS-RejectedTriageResponse-WorkListItem-1",
        Worklist.AssessmentReturnedCancelledDna => "eRS-AssessmentReturnedCancelledDna-WorkListItem-1",
        Worklist.AwaitingBooking => "eRS-AwaitingBooking-WorkListItem-1",
        Worklist.LettersOutstanding => "eRS-LettersOutstanding-WorkListItem-1",
        _ => throw new ArgumentOutOfRangeException(nameof(list), list, "e-RS does not serve this list."),
    };
}
