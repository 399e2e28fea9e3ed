using EReferrals.Referrals.Organisations;

namespace EReferrals.Referrals;

/// <summary>The e-RS reference lists of reason codes, as data. <see cref="ReasonRules"/> decides which code is allowed when.</summary>
public static class Reasons
{
    private static readonly Role[] Clinicians = [Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin];
    private static readonly Role[] ProviderStaff = [.. Clinicians, Role.ServiceProviderAdmin];
    private static readonly Role[] Providers = [.. Clinicians, Role.ProviderAuthorisedApplication];
    private static readonly Role[] Referrers = [Role.ReferringClinician, Role.ReferringClinicianAdmin];
    private static readonly Role[] Both = [.. Referrers, .. Providers];

    /// <summary>APPOINTMENT-CANCELLATION-REASON.</summary>
    public static IReadOnlyList<Reason> AppointmentCancellation { get; } =
    [
        Rejection("FURTHER_INFORMATION_REQUIRED", "Further information required"),
        Rejection("OTHER", "Other reason"),
        Rejection("OUTPATIENT_APPT_NOT_REQUIRED", "Outpatient appointment not required"),
        Rejection("SERVICE_INAPPROPRIATE", "Inappropriate service"),
        Rejection("SERVICE_PREREQUISITES_NOT_COMPLETE", "Pre-requisites for service not complete"),

        ByPatient("PATIENT_HOLIDAY", "Patient on holiday"),
        ByPatient("PATIENT_ILL", "Patient is sick"),
        ByPatient("PATIENT_OTHER_ENGAGEMENT", "Patient has other engagement") with { CommentIsMandatory = true },
        ByPatient("PATIENT_APPOINTMENT_CANCELLATION_OTHER", "Other") with { CommentIsMandatory = true },

        ByProvider("ADDITIONAL_REQ_NOT_AVAILABLE", "Additional requirement not available") with { EffectiveTo = EndOf(2007) },
        ByProvider("ADDITIONAL_REQ_NOT_ELIGIBLE", "Additional requirement not eligible"),
        ByProvider("ADDITIONAL_REQ_NOT_PROVIDED", "Additional requirement not provided"),
        ByProvider("ADDITIONAL_REQ_UNAVAILABLE", "Additional requirement unavailable"),
        ByProvider("CLINIC_CANCELLED", "Clinic cancelled"),
        ByProvider("CLINIC_CANCELLED_ALTERNATIVE", "Clinic cancelled, alternative offered"),
        ByProvider("CLINIC_OVERRUN", "Clinic overrun"),
        ByProvider("CLINIC_OVERRUN_ALTERNATIVE", "Clinic overrun, alternative offered"),
        ByProvider("NOT_SPECIFIED", "Not specified"),
        ByProvider("PRIORITY_CHANGE", "Priority change") with { CommentIsMandatory = true },
        ByProvider("PRIORITY_INAPPROPRIATE", "Inappropriate priority") with { CommentIsMandatory = true },
        ByProvider("PROVIDER_CANCELLATION", "Provider cancellation") with { CommentIsMandatory = true },
        ByProvider("SLOT_CANCELLED", "Slot cancelled"),
        ByProvider("SLOT_CANCELLED_ALTERNATIVE", "Slot cancelled, alternative offered"),

        Redirection("REDIRECTED_AGE", "Redirected: age"),
        Redirection("REDIRECTED_APPROPRIATE_CLINIC", "Redirected: appropriate clinic"),
        Redirection("REDIRECTED_APPROPRIATE_SPECIALTY", "Redirected: appropriate specialty"),
        Redirection("REDIRECTED_CONFIDENTIALITY", "Redirected: confidentiality"),
        Redirection("REDIRECTED_GENDER", "Redirected: gender"),
        Redirection("REDIRECTED_OTHER", "Redirected: other"),
        Redirection("REDIRECTED_PRIORITY", "Redirected: priority"),
        Redirection("REDIRECTED_STAFF_VACATION", "Redirected: staff vacation"),
        Ended("REDIRECTED_TEMPORARILY", "Redirected temporarily", 2014),
        Ended("APPT_MADE_FOR_WRONG_PATIENT", "Appointment made for wrong patient", 2014),
        // e-RS does not publish when this code ended, only that it has ended.
        Ended("OTHER_MIGRATION_FROM_CAB", "Other (migrated from Choose and Book)", 2012),
        Ended("PATIENT_APPOINTMENT_CLASH", "Patient appointment clash", 2007),
        Ended("WRONG_PROVIDER", "Wrong provider", 2004),
    ];

    /// <summary>REFERRAL-CANCELLATION-REASON.</summary>
    public static IReadOnlyList<Reason> ReferralCancellation { get; } =
    [
        Triage("BOOKED_CLINICAL_NEED", "Booked for clinical need"),
        Triage("COMMUNITY_SERVICE_NA", "Community service not available"),
        Triage("COMPLEX_PATHWAY", "Complex pathway"),
        Triage("NO_LONGER_REQUIRED", "No longer required"),
        Triage("OTHER_OTHER", "Other"),
        Triage("OUTPATIENT_CLINICIAN_NA", "Outpatient clinician not available"),
        Triage("OUTPATIENT_SERVICE_NA", "Outpatient service not available"),
        Triage("STRAIGHT_TO_TEST", "Straight to test"),
        Triage("TRIAGE_ENDED", "Triage ended") with { CommentIsMandatory = false },

        Ending("BOOKED_OUTSIDE_CAB", "Booked outside this service", ReasonType.Provider, Providers),
        Ending("INTEND_PRIVATE", "Patient intends to go private", ReasonType.Patient, Both),
        Ending("PATIENT_DIED", "Patient has died", ReasonType.Patient, Both),
        Ending("TREATMENT_NO_LONGER_REQUIRED", "Treatment no longer required", ReasonType.Patient, Both),
        Ending("PATIENT_REQUEST_CANCELLATION_OTHER", "Other, at the patient's request", ReasonType.Patient, Both) with { CommentIsMandatory = true },
        Ending("RAISED_IN_ERROR", "Raised in error", ReasonType.Unknown, Referrers),
        Ending("REFERRER_CANCELLATION", "Cancelled by referrer", ReasonType.Unknown, Referrers),

        Ending("PATIENT_APPOINTMENT_CANCELLATION_OTHER", "Other", ReasonType.Patient, []) with { Usage = null },
        Ending("PROVIDER_CANCELLATION", "Provider cancellation", ReasonType.Unknown, []) with { Usage = null },
    ];

    /// <summary>APPOINTMENT-NON-ATTENDANCE-REASON.</summary>
    public static IReadOnlyList<Reason> NonAttendance { get; } =
    [
        Absence("CANCELLED_TOO_LATE", "Cancelled too late"),
        Absence("ARRIVED_TOO_LATE", "Arrived too late"),
        Absence("PATIENT_FORGOT", "Patient forgot"),
        Absence("PATIENT_DIED", "Patient has died"),
        Absence("PATIENT_ILL", "Patient is sick"),
        Absence("UNKNOWN", "Unknown"),
        Absence("NOT_SPECIFIED", "Not specified"),
        Absence("OTHER_MIGRATION_FROM_CAB", "Other (migrated from Choose and Book)") with { EffectiveTo = EndOf(2012) },
    ];

    private static Reason Rejection(string code, string display) =>
        new(code, display, ReasonType.ProviderReject) { Usage = ReasonUsage.Reject, Roles = Clinicians };

    private static Reason ByPatient(string code, string display) =>
        new(code, display, ReasonType.Patient) { Usage = ReasonUsage.Cancel, Roles = Referrers };

    // e-RS does not let API callers use these codes. Here a provider cancels an appointment with them.
    private static Reason ByProvider(string code, string display) => new(code, display, ReasonType.Provider) { Roles = ProviderStaff };

    private static Reason Redirection(string code, string display) => new(code, display, ReasonType.Unknown) { CommentIsMandatory = true };

    private static Reason Ended(string code, string display, int year) => new(code, display, ReasonType.Unknown) { EffectiveTo = EndOf(year) };

    private static Reason Triage(string code, string display) =>
        new(code, display, ReasonType.ProviderTriage) { Usage = ReasonUsage.CancelReferral, Roles = Providers, CommentIsMandatory = true };

    private static Reason Ending(string code, string display, ReasonType type, IReadOnlyList<Role> roles) =>
        new(code, display, type) { Usage = ReasonUsage.CancelReferral, Roles = roles, CanCancelAppointment = true };

    private static Reason Absence(string code, string display) => new(code, display, ReasonType.Patient) { Roles = ProviderStaff };

    private static DateOnly EndOf(int year) => new(year, 12, 31);
}
