using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Security;

/// <summary>
/// Determines the actor behind a valid token, by the three e-RS headers and the token's role pairs. The order of the checks is fixed: first the form
/// of the headers (400), then whether the token allows the claimed role (403), then whether that role may call this function (403).
/// </summary>
internal static class CallerRules
{
    public const string OrganisationHeader = "NHSD-End-User-Organisation-ODS";
    public const string RoleHeader = "NHSD-eRS-Business-Function";
    public const string OnBehalfOfHeader = "NHSD-eRS-On-Behalf-Of-User-ID";

    private static readonly string[] ApplicationRoles =
        ["AUTHORISED_APPLICATION", Code.From(Role.ProviderAuthorisedApplication), Code.From(Role.ReferrerAuthorisedApplication)];

    public static Admission Decide(Caller caller, HttpHeadersCollection headers, IReadOnlyList<Role> allowed) =>
        Decide(caller, headers, new DeclaredAccess(IsOpen: false, allowed));

    /// <param name="operators">The organisations at which the role OPERATOR counts.</param>
    public static Admission Decide(Caller caller, HttpHeadersCollection headers, DeclaredAccess access, IReadOnlySet<string> operators) =>
        Decide(caller, headers, access) switch
        {
            Admission.Granted { Actor: { Role: Role.Operator } actor } when !operators.Contains(actor.Organisation) => Refuse(
                "NO_ACCESS",
                $"{actor.Organisation} does not operate this service, so OPERATOR does not count there.",
                new Admission.Claim(actor.Organisation, Code.From(actor.Role), null),
                RoleHeader),
            var decided => decided,
        };

    public static Admission Decide(Caller caller, HttpHeadersCollection headers, DeclaredAccess access) => caller.IsApplication
        ? Application(caller, headers, access)
        : access.Headers == CallerHeaders.None ? UserOfToken(caller, access.Roles) : User(caller, headers, access.Roles);

    private static Admission UserOfToken(Caller caller, IReadOnlyList<Role> allowed)
    {
        var held = caller.Roles.Order(StringComparer.Ordinal).Select(UserRole).OfType<(string Organisation, Role Role)>().ToArray();
        if (held.Where(pair => allowed.Contains(pair.Role)).ToArray() is [var (organisation, role), ..])
        {
            return new Admission.Granted(new Actor(caller.Subject, organisation, role));
        }

        return Refuse("NO_ACCESS", "The token contains no organisation and role of a user.", null, "Authorization");
    }

    private static Admission User(Caller caller, HttpHeadersCollection headers, IReadOnlyList<Role> allowed)
    {
        var errors = new List<FieldError>();
        const string odsCode = "an ODS code of 1-9 upper-case letters and digits";
        var organisation = Mandatory(headers, OrganisationHeader, text => Identifiers.IsOdsCode(text), odsCode, errors);
        var roleCode = Mandatory(headers, RoleHeader, text => Identifiers.IsListCode(text), "a role code, such as REFERRING_CLINICIAN", errors);
        var onBehalfOf = ValueOf(headers, OnBehalfOfHeader);
        if (errors.Count > 0) return new Admission.Refused(Problem.BadRequest(errors), null);

        var claimed = new Admission.Claim(organisation, roleCode, Identifiers.IsUserId(onBehalfOf) ? onBehalfOf : null);
        if (ApplicationRoles.Contains(roleCode)) return Refuse("FORBIDDEN", $"{roleCode} is only for applications without a user.", claimed, RoleHeader);
        if (!Code.TryParse<Role>(roleCode, out var role)) return Refuse("NO_ACCESS", $"{roleCode} is not a role of this service.", claimed, RoleHeader);
        if (!caller.Roles.Contains($"{organisation}:{roleCode}"))
        {
            return Refuse("NO_ACCESS", $"The user does not hold {roleCode} at {organisation}.", claimed, RoleHeader);
        }

        if (OnBehalfOfProblem(caller, organisation, role, onBehalfOf) is { } problem) return Refuse("FORBIDDEN", problem, claimed, OnBehalfOfHeader);
        return Allowed(new Actor(caller.Subject, organisation, role, onBehalfOf), allowed, claimed);
    }

    private static Admission Application(Caller caller, HttpHeadersCollection headers, DeclaredAccess access)
    {
        var unexpected = new[] { OrganisationHeader, RoleHeader, OnBehalfOfHeader }
            .Where(headers.Contains)
            .Select(name => FieldError.OfHeader(name, "UNEXPECTED_FIELD", $"Remove {name}: the token of an application identifies it."))
            .ToArray();
        if (unexpected.Length > 0 && access.Headers == CallerHeaders.Plain) return new Admission.Refused(Problem.BadRequest(unexpected), null);
        if (unexpected.Length > 0) return Refuse("FORBIDDEN", unexpected[0].Message, null, unexpected[0].Header!);

        var held = caller.Roles.Select(ApplicationRole).OfType<(string Organisation, Role Role)>().ToArray();
        if (held is not [var (organisation, role)])
        {
            return Refuse("NO_ACCESS", "The token of an application must contain exactly one organisation and application role.", null, "Authorization");
        }

        return Allowed(
            new Actor(caller.Subject, organisation, role), access.Roles, new Admission.Claim(organisation, Code.From(role), null));
    }

    private static Admission Allowed(Actor actor, IReadOnlyList<Role> allowed, Admission.Claim claimed) => allowed.Contains(actor.Role)
        ? new Admission.Granted(actor)
        : new Admission.Refused(Forbidden.ToRole(actor, $"{claimed.Role} may not do this."), claimed);

    private static string? OnBehalfOfProblem(Caller caller, string organisation, Role role, string? onBehalfOf)
    {
        var mustSend = role == Role.ServiceProviderClinicianAdmin;
        if (mustSend && onBehalfOf is null) return $"{OnBehalfOfHeader} is missing. {Code.From(role)} must name the clinician that the user acts for.";
        if (!mustSend && onBehalfOf is not null) return $"Only SERVICE_PROVIDER_CLINICIAN_ADMIN may send {OnBehalfOfHeader}.";
        return onBehalfOf is null || caller.OnBehalfOf.Contains($"{organisation}:{onBehalfOf}")
            ? null
            : "The user may not act for that clinician at that organisation.";
    }

    private static (string Organisation, Role Role)? ApplicationRole(string pair)
    {
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && Identifiers.IsOdsCode(pair.AsSpan(0, colon)) && Code.TryParse<Role>(pair[(colon + 1)..], out var role) && role.IsApplication()
            ? (pair[..colon], role)
            : null;
    }

    private static (string Organisation, Role Role)? UserRole(string pair)
    {
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && Identifiers.IsOdsCode(pair.AsSpan(0, colon)) && Code.TryParse<Role>(pair[(colon + 1)..], out var role) && !role.IsApplication()
            ? (pair[..colon], role)
            : null;
    }

    private static string Mandatory(HttpHeadersCollection headers, string name, Func<string, bool> isValid, string form, List<FieldError> errors)
    {
        var value = ValueOf(headers, name);
        if (value is null) errors.Add(FieldError.OfHeader(name, "MISSING_HEADER", $"Missing or Empty {name} header."));
        else if (!isValid(value)) errors.Add(FieldError.OfHeader(name, "INVALID_VALUE", $"{name} must be {form}."));
        return value ?? "";
    }

    // An empty header counts as missing. SingleHeaders has already refused repeated headers.
    private static string? ValueOf(HttpHeadersCollection headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) && values.ToString().Trim() is { Length: > 0 } value ? value : null;

    private static Admission.Refused Refuse(string code, string detail, Admission.Claim? claimed, string header) =>
        new(Problem.Forbidden(code, detail, header), claimed);
}
