using System.Text.Json.Nodes;
using EReferrals.Ers.Fhir;
using EReferrals.Referrals;
using EReferrals.Referrals.Appointments;
using EReferrals.Referrals.ReferenceData;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Resources;

/// <summary>The coding of a reason. Which list a code belongs to depends on what it explains.</summary>
internal static class ReasonCodings
{
    public const string AppointmentCancellation = "APPOINTMENT-CANCELLATION-REASON";
    public const string ReferralCancellation = "REFERRAL-CANCELLATION-REASON";
    public const string NonAttendance = "APPOINTMENT-NON-ATTENDANCE-REASON";

    /// <summary>The reason of a state of a referral.</summary>
    public static JsonObject OfState(ReferralState state, string code, string baseUrl) => state switch
    {
        ReferralState.Rejected or ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider => OfAppointment(code, baseUrl),
        ReferralState.CancelledReferral => OfReferral(code, baseUrl),
        ReferralState.DidNotAttend => Served(NonAttendance, ReferenceList.NonAttendanceReasons, code, baseUrl),
        ReferralState.AssessmentResult => FhirNodes.Coding(ErsUrls.CodeSystem("eRS-AssessmentOutcome-1"), code, Displays.Title(code)),
        ReferralState.AwaitingTriage or ReferralState.DeferredToProvider => OfReview(code),
        _ => OfOutcome(code),
    };

    /// <summary>The reason of an appointment that is proposed or cancelled.</summary>
    public static JsonObject OfRecord(AppointmentRecord record, string code, string baseUrl)
    {
        if (record.Status != AppointmentStatus.Cancelled) return IsReviewReason(code) ? OfReview(code) : OfOutcome(code);
        // On an appointment, e-RS shows no words for a reason of the patient.
        return IsOfPatient(code) ? FhirNodes.Coding(ErsUrls.Served(baseUrl, AppointmentCancellation), code) : OfAppointment(code, baseUrl);
    }

    public static JsonObject OfAppointment(string code, string baseUrl) =>
        Served(AppointmentCancellation, ReferenceList.AppointmentCancellationReasons, code, baseUrl);

    public static JsonObject OfReferral(string code, string baseUrl) =>
        Served(ReferralCancellation, ReferenceList.ReferralCancellationReasons, code, baseUrl);

    private static JsonObject OfReview(string code) => FhirNodes.Coding(ErsUrls.CodeSystem("eRS-ReviewReason-1"), code);

    private static JsonObject OfOutcome(string code) => FhirNodes.Coding(ErsUrls.CodeSystem("eRS-ReviewOutcome-1"), code, Displays.OfOutcome(code));

    private static JsonObject Served(string type, ReferenceList list, string code, string baseUrl) =>
        FhirNodes.Coding(ErsUrls.Served(baseUrl, type), code, list.DisplayOf(code));

    private static bool IsOfPatient(string code) =>
        ReferenceList.AppointmentCancellationReasons.TryGet(code, out var row) && row.Text("type") == Code.From(ReasonType.Patient);

    private static bool IsReviewReason(string code) => code == "TRIAGE" || Code.TryParse<DeferralReason>(code, out _);
}
