using System.Text.Json.Serialization;

namespace EReferrals.Referrals;

/// <summary>The business functions of e-RS that may call this service, the two unattended roles, and our operator.</summary>
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
