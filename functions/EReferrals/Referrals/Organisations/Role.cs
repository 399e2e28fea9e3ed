using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Organisations;

/// <summary>The business functions of e-RS, the two application roles, and the operator of this service.</summary>
[JsonConverter(typeof(CodeConverter<Role>))]
public enum Role
{
    ReferringClinician,
    ReferringClinicianAdmin,
    ReferringAdmin,
    ServiceProviderClinician,
    ServiceProviderClinicianAdmin,
    ServiceProviderAdmin,
    ServiceDefiner,
    Operator,
    ProviderAuthorisedApplication,
    ReferrerAuthorisedApplication,

    // These e-RS roles may only read the service directory here.
    Commissioner,
    InformationAnalyst,
    BookingManager,
    AdditionalRequirementsManager,
}

public static class RoleExtensions
{
    public static bool IsApplication(this Role role) => role is Role.ProviderAuthorisedApplication or Role.ReferrerAuthorisedApplication;

    public static bool IsReferring(this Role role) =>
        role is Role.ReferringClinician or Role.ReferringClinicianAdmin or Role.ReferringAdmin or Role.ReferrerAuthorisedApplication;

    public static bool IsProviding(this Role role) =>
        role is Role.ServiceProviderClinician or Role.ServiceProviderClinicianAdmin or Role.ServiceProviderAdmin
            or Role.ProviderAuthorisedApplication;
}
