using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Security;

/// <summary>
/// Who a caller with a valid token is, by the three e-RS headers and the token's role pairs. The order is fixed: what is wrong with the
/// headers (400), then whether the caller is who the headers say (403), then whether that one may call this function (403).
/// </summary>
internal static class CallerRules
{
    public const string OrganisationHeader = "NHSD-End-User-Organisation-ODS";
    public const string RoleHeader = "NHSD-eRS-Business-Function";
    public const string OnBehalfOfHeader = "NHSD-eRS-On-Behalf-Of-User-ID";

    private static readonly string[] ApplicationRoles =
        ["AUTHORISED_APPLICATION", Code.From(Role.ProviderAuthorisedApplication), Code.From(Role.ReferrerAuthorisedApplication)];

    public static Admission Decide(Caller caller, HttpHeadersCollection headers, IReadOnlyList<Role> allowed) =>
        caller.IsApplication ? Application(caller, headers, allowed) : User(caller, headers, allowed);

    private static Admission User(Caller caller, HttpHeadersCollection headers, IReadOnlyList<Role> allowed)
    {
        var errors = new List<FieldError>();
        var organisation = Mandatory(headers, OrganisationHeader, text => Identifiers.IsOdsCode(text), "an ODS code of 1-9 upper-case letters and digits", errors);
        var roleCode = Mandatory(headers, RoleHeader, text => Identifiers.IsListCode(text), "a role code such as REFERRING_CLINICIAN", errors);
        var onBehalfOf = Sent(headers, OnBehalfOfHeader);
        if (errors.Count > 0) return new Admission.Refused(Problem.BadRequest(errors), null);

        var claimed = new Admission.Claim(organisation, roleCode, Identifiers.IsUserId(onBehalfOf) ? onBehalfOf : null);
        if (ApplicationRoles.Contains(roleCode)) return Forbidden("FORBIDDEN", "That role is for applications without a user.", claimed, RoleHeader);
        if (!Code.TryParse<Role>(roleCode, out var role)) return Forbidden("NO_ACCESS", $"{roleCode} is no role of this service.", claimed, RoleHeader);
        if (!caller.Roles.Contains($"{organisation}:{roleCode}"))
        {
            return Forbidden("NO_ACCESS", $"The user does not hold {roleCode} at {organisation}.", claimed, RoleHeader);
        }

        if (OnBehalfOfProblem(caller, role, onBehalfOf) is { } problem) return Forbidden("FORBIDDEN", problem, claimed, OnBehalfOfHeader);
        return Allowed(new Actor(caller.Subject, organisation, role, onBehalfOf), allowed, claimed);
    }

    private static Admission Application(Caller caller, HttpHeadersCollection headers, IReadOnlyList<Role> allowed)
    {
        var unexpected = new[] { OrganisationHeader, RoleHeader, OnBehalfOfHeader }
            .Where(headers.Contains)
            .Select(name => FieldError.OfHeader(name, "UNEXPECTED_FIELD", $"An application does not send {name}: its token says who it is."))
            .ToArray();
        if (unexpected.Length > 0) return new Admission.Refused(Problem.BadRequest(unexpected), null);

        var held = caller.Roles.Select(ApplicationRole).OfType<(string Organisation, Role Role)>().ToArray();
        if (held is not [var (organisation, role)])
        {
            return Forbidden("NO_ACCESS", "An application's token carries exactly one organisation and application role.", null, "Authorization");
        }

        return Allowed(
            new Actor(caller.Subject, organisation, role), allowed, new Admission.Claim(organisation, Code.From(role), null));
    }

    private static Admission Allowed(Actor actor, IReadOnlyList<Role> allowed, Admission.Claim claimed) => allowed.Contains(actor.Role)
        ? new Admission.Granted(actor)
        : Forbidden("FORBIDDEN", $"{claimed.Role} may not do this.", claimed, actor.Role.IsApplication() ? "Authorization" : RoleHeader);

    private static string? OnBehalfOfProblem(Caller caller, Role role, string? onBehalfOf)
    {
        var mustSend = role == Role.ServiceProviderClinicianAdmin;
        if (mustSend && onBehalfOf is null) return $"{OnBehalfOfHeader} is missing: this role acts for a clinician.";
        if (!mustSend && onBehalfOf is not null) return $"{OnBehalfOfHeader} is for SERVICE_PROVIDER_CLINICIAN_ADMIN only.";
        return onBehalfOf is null || caller.OnBehalfOf.Contains(onBehalfOf) ? null : "The user may not act for that clinician.";
    }

    private static (string Organisation, Role Role)? ApplicationRole(string pair)
    {
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && Identifiers.IsOdsCode(pair.AsSpan(0, colon)) && Code.TryParse<Role>(pair[(colon + 1)..], out var role) && role.IsApplication()
            ? (pair[..colon], role)
            : null;
    }

    private static string Mandatory(HttpHeadersCollection headers, string name, Func<string, bool> isValid, string form, List<FieldError> errors)
    {
        var value = Sent(headers, name);
        if (value is null) errors.Add(FieldError.OfHeader(name, "MISSING_HEADER", $"Missing or Empty {name} header."));
        else if (!isValid(value)) errors.Add(FieldError.OfHeader(name, "INVALID_VALUE", $"{name} is {form}."));
        return value ?? "";
    }

    // A header with nothing in it was not sent. That none came twice is known by now.
    private static string? Sent(HttpHeadersCollection headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) && values.ToString().Trim() is { Length: > 0 } value ? value : null;

    private static Admission.Refused Forbidden(string code, string detail, Admission.Claim? claimed, string header) => new(Problem.Forbidden(code, detail, header), claimed);
}
