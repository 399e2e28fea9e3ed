using EReferrals.Ers.Fhir;
using EReferrals.Referrals.Organisations;

namespace EReferrals.Ers.Endpoints;

/// <summary>
/// The table of all operations, from which the access of the routes, the API document and the role matrix test are made. Paths come after
/// <see cref="ErsBase.Path"/>.
/// </summary>
public static class ErsEndpoints
{
    private const Role ProviderApplication = Role.ProviderAuthorisedApplication;

    private static readonly Role[] Referrers = [Role.ReferringClinician, Role.ReferringClinicianAdmin];
    private static readonly Role[] Providers = [Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin];
    private static readonly Role[] Clinicians = [.. Referrers, .. Providers];
    private static readonly Role[] ListReaders = [.. Clinicians, Role.ReferringAdmin, Role.ServiceProviderAdmin, ProviderApplication];
    private static readonly Role[] Users = [.. Enum.GetValues<Role>().Where(role => !role.IsApplication())];

    private static readonly string[] NoDemographics = ["PATIENT_ERROR"];
    private static readonly string[] NoPas = ["SERVICE_UNAVAILABLE"];
    private static readonly string[] NoAdvice = ["INVALID_REQUEST_TYPE", .. NoDemographics];
    private static readonly string[] NoDirectories =
    [
        "NO_REG_GP_PRACTICE", "ORGANISATION_IS_CLOSED", "ORGANISATION_NOT_APPROPRIATE", "REFERENCED_USER_IS_NOT_ACTIVE", "REFERENCED_USER_IS_NOT_RC",
        "REFERENCED_USER_IS_NOT_RC_AT_ORG", "REFERENCED_USER_IS_NOT_SPC", "REFERENCED_USER_NOT_IN_ORG", .. NoDemographics,
    ];

    public static IReadOnlyList<ErsEndpoint> All { get; } =
    [
        new("A004", "get", "STU3/CodeSystem/{type}")
        {
            Roles = [.. Clinicians, ProviderApplication, Role.ReferrerAuthorisedApplication],
            Refusals = [404, 406],
        },
        new("A005", "get", "STU3/ReferralRequest/{ubrn}", "STU3/ReferralRequest/{ubrn}/_history/{version}")
        {
            Roles = [.. Clinicians, ProviderApplication],
            HasTag = true,
            Refusals = [400, 404, 406, 422],
            Codes = ["NO_RELATIONSHIP"],
            NeverSent = NoAdvice,
        },
        new("A006", "get", "STU3/Binary/{id}")
        {
            Roles = [.. Clinicians, ProviderApplication],
            Refusals = [403, 404, 406, 422],
            Codes = ["PENDING", "THREATS_FOUND", "VALIDATION_FAILED"],
            WritesFhir = false,
            // A file that is too big is refused when it is uploaded.
            NeverSent = ["FILE_SIZE_ERROR"],
        },
        new("A008", "post", "STU3/ReferralRequest/$ers.fetchworklist")
        {
            Roles = ListReaders,
            Body = FhirNodes.MediaType,
            Refusals = [400, 406, 415, 422],
            Codes = ["REFERENCE_NOT_FOUND", "MISSING_VALUE", "NO_RELATIONSHIP", "INVALID_VALUE", "INVALID_CODE", "UNEXPECTED_FIELD", "INVALID_FHIR_STRUCTURE"],
        },
        new("A011", "post", "STU3/ReferralRequest/$ers.createReferral")
        {
            Roles = Referrers,
            Body = FhirNodes.MediaType,
            HasTag = true,
            Success = 201,
            Refusals = [400, 406, 415, 422],
            Codes =
            [
                "DUPLICATE_SERVICE", "FIELD_NOT_PERMITTED", "INAPPROPRIATE_VALUE", "INVALID_CODE", "INVALID_FHIR_STRUCTURE", "INVALID_VALUE", "MISSING_VALUE",
                "REFERENCE_NOT_FOUND", "SHORTLISTED_SERVICE_NOT_IN_RESULTS", "SNOMED_NOT_FOUND", "TOO_MANY_ITEMS", "UNEXPECTED_FIELD", "VALUE_IS_REQUIRED",
            ],
            NeverSent = NoDirectories,
        },
        Command("A012", "$ers.maintainReferralLetter", Referrers) with
        {
            Codes =
            [
                "CONFLICTING_VALUES", "DUPLICATE_FILENAME", "INAPPROPRIATE_VALUE", "INVALID_FHIR_STRUCTURE", "INVALID_REQUEST_STATE", "INVALID_STATE",
                "INVALID_VALUE", "MISSING_VALUE", "NO_CHANGES_DETECTED", "NO_RELATIONSHIP", "REFERENCE_NOT_FOUND", "UNEXPECTED_FIELD",
            ],
            NeverSent = NoAdvice,
        },
        Command("A013", "$ers.acceptReferral", [.. Providers, ProviderApplication]) with
        {
            Body = null,
            Refusals = [400, 404, 406, 409, 412, 422, 423],
            Codes = ["INVALID_REQUEST_STATE", "NO_RELATIONSHIP"],
            NeverSent = NoDemographics,
        },
        Command("A014", "$ers.rejectReferral", Providers) with
        {
            Codes =
            [
                "FIELD_NOT_PERMITTED", "INAPPROPRIATE_VALUE", "INVALID_CODE", "INVALID_REQUEST_STATE", "INVALID_VALUE", "MISSING_VALUE", "NO_RELATIONSHIP",
                "UNABLE_TO_CANCEL_APPOINTMENT", "UNEXPECTED_FIELD", "VALUE_IS_REQUIRED",
            ],
            NeverSent = NoDemographics,
        },
        new("A015", "get", "STU3/Slot")
        {
            Roles = Referrers,
            Refusals = [400, 406],
            Codes = ["INVALID_CODE", "INVALID_STATE", "INVALID_VALUE", "MISSING_HEADER", "MISSING_PARAMETER", "REFERENCE_NOT_FOUND"],
            NeverSent = NoPas,
        },
        new("A016", "post", "STU3/Appointment")
        {
            Roles = Referrers,
            Body = FhirNodes.MediaType,
            HasTag = true,
            Success = 201,
            Refusals = [400, 406, 409, 415, 422, 423],
            Codes =
            [
                "INAPPROPRIATE_SLOT", "INAPPROPRIATE_VALUE", "INVALID_CODE", "INVALID_REQUEST_STATE", "INVALID_STATE", "INVALID_VALUE", "MISSING_VALUE",
                "NO_RELATIONSHIP", "REFERENCE_NOT_FOUND", "SLOTS_CURRENTLY_AVAILABLE", "SLOT_NOT_AVAILABLE", "THIS_SLOT_IS_AVAILABLE",
            ],
            NeverSent = ["UNABLE_TO_CONFIRM_APPOINTMENT", .. NoPas, .. NoDemographics],
        },
        new("A020", "post", "STU3/Binary")
        {
            Roles = Clinicians,
            Body = "*/*",
            Success = 201,
            Refusals = [400, 406, 411, 415, 422],
            Codes = ["CONFLICTING_VALUES", "FILE_SIZE_ERROR", "INAPPROPRIATE_VALUE", "INVALID_VALUE", "MISSING_VALUE"],
        },
        Command("A028", "$ers.recordReviewOutcome", [.. Providers, ProviderApplication]) with
        {
            Codes =
            [
                "DUPLICATE_FILENAME", "INAPPROPRIATE_VALUE", "INVALID_CODE", "INVALID_REQUEST_STATE", "INVALID_STATE", "INVALID_VALUE", "MISSING_VALUE",
                "NO_RELATIONSHIP", "PRIORITY_NOT_CURRENT", "REFERENCE_NOT_FOUND",
            ],
            // No reason or role makes a further field mandatory here: the comment always is.
            NeverSent = ["VALUE_IS_REQUIRED", .. NoAdvice],
        },
        new("A029", "get", "STU3/Task")
        {
            Roles = [.. Clinicians, ProviderApplication],
            Refusals = [400, 406],
            Codes = ["HISTORY_NOT_SUPPORTED", "INVALID_VALUE", "MISSING_PARAMETER", "REFERENCE_NOT_FOUND"],
        },
        new("A030", "get", "R4/PractitionerRole") { Roles = Users, Refusals = [406] },
        Command("A031", "$ers.changeShortlist", Referrers) with
        {
            Codes =
            [
                "DUPLICATE_SERVICE", "INAPPROPRIATE_VALUE", "INVALID_CODE", "INVALID_FHIR_STRUCTURE", "INVALID_REQUEST_STATE", "INVALID_VALUE",
                "MISSING_VALUE", "NO_RELATIONSHIP", "SHORTLISTED_SERVICE_NOT_IN_RESULTS", "SNOMED_NOT_FOUND", "TOO_MANY_ITEMS", "UNEXPECTED_FIELD",
            ],
            NeverSent = ["ORGANISATION_IS_CLOSED", "ORGANISATION_NOT_APPROPRIATE", .. NoAdvice],
        },
        Command("A036", "$ers.cancelReferral", [.. Clinicians, ProviderApplication]) with
        {
            HasTag = false,
            Codes = ["INAPPROPRIATE_VALUE", "INVALID_CODE", "INVALID_REQUEST_STATE", "MISSING_VALUE", "NO_RELATIONSHIP", "VALUE_IS_REQUIRED"],
            // An appointment always ends with its referral.
            NeverSent = ["UNABLE_TO_CANCEL_APPOINTMENT", .. NoDemographics],
        },
        new("A038", "get", "STU3/Appointment/{id}", "STU3/Appointment/{id}/_history/{version}")
        {
            Roles = Clinicians,
            HasTag = true,
            Refusals = [400, 404, 406, 422],
            Codes = ["NO_RELATIONSHIP"],
            NeverSent = NoDemographics,
        },
        new("A041", "get", "R4/ServiceRequest") { Roles = Clinicians, Refusals = [400, 406] },
        new("A042", "get", "R4/Binary/{id}")
        {
            Roles = [.. Clinicians, ProviderApplication],
            Success = 307,
            WritesFhir = false,
            Refusals = [400, 403, 404, 422],
            Codes = ["PENDING", "THREATS_FOUND", "VALIDATION_FAILED"],
        },
    ];

    private static ErsEndpoint Command(string id, string operation, IReadOnlyList<Role> roles) => new(id, "post", $"STU3/ReferralRequest/{{ubrn}}/{operation}")
    {
        Roles = roles,
        NeedsIfMatch = true,
        HasTag = true,
        Body = FhirNodes.MediaType,
        Refusals = [400, 404, 406, 409, 412, 415, 422, 423],
    };

    /// <exception cref="InvalidOperationException">The table has no such operation.</exception>
    public static ErsEndpoint Of(string id) => All.Single(endpoint => endpoint.Id == id);
}
