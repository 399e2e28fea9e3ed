using System.Net;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Tests.Security;

public sealed class CallerRulesTests
{
    private const string Clinician = "111111111111";

    private static readonly Role[] Everyone = Enum.GetValues<Role>();

    [Theory]
    [InlineData("REFERRING_CLINICIAN", Role.ReferringClinician)]
    [InlineData("SERVICE_PROVIDER_ADMIN", Role.ServiceProviderAdmin)]
    [InlineData("SERVICE_DEFINER", Role.ServiceDefiner)]
    [InlineData("OPERATOR", Role.Operator)]
    public void A_user_who_holds_the_role_at_the_organisation_is_accepted_in_that_role(string code, Role role)
    {
        var admission = Decide(User($"R69:{code}"), "R69", code);

        Assert.Equal(new Actor("u", "R69", role), Assert.IsType<Admission.Granted>(admission).Actor);
    }

    [Fact]
    public void All_missing_headers_are_named_at_once()
    {
        var problem = Refused(CallerRules.Decide(User("R69:REFERRING_CLINICIAN"), [], Everyone), HttpStatusCode.BadRequest);

        Assert.Equal(["MISSING_HEADER", "MISSING_HEADER"], problem.Errors.Select(error => error.Code));
        Assert.Equal([CallerRules.OrganisationHeader, CallerRules.RoleHeader], problem.Errors.Select(error => error.Header));
        Assert.Equal("Missing or Empty NHSD-End-User-Organisation-ODS header.", problem.Errors[0].Message);
    }

    [Theory]
    [InlineData("", "REFERRING_CLINICIAN", "MISSING_HEADER")]
    [InlineData("   ", "REFERRING_CLINICIAN", "MISSING_HEADER")]
    [InlineData("R69", "", "MISSING_HEADER")]
    [InlineData("r69", "REFERRING_CLINICIAN", "INVALID_VALUE")]
    [InlineData("R69'; --", "REFERRING_CLINICIAN", "INVALID_VALUE")]
    [InlineData("ABCDEFGHIJ", "REFERRING_CLINICIAN", "INVALID_VALUE")]
    [InlineData("R69,RJ1", "REFERRING_CLINICIAN", "INVALID_VALUE")]
    [InlineData("R69", "Referring Clinician", "INVALID_VALUE")]
    public void An_empty_or_malformed_header_is_a_bad_request(string organisation, string role, string code)
    {
        var problem = Refused(Decide(User("R69:REFERRING_CLINICIAN"), organisation, role), HttpStatusCode.BadRequest);

        Assert.Equal([code], problem.Errors.Select(error => error.Code));
    }

    [Fact]
    public void A_repeated_header_is_a_bad_request()
    {
        var headers = Headers("R69", "REFERRING_CLINICIAN");
        headers.TryAddWithoutValidation(CallerRules.OrganisationHeader, "RJ1");

        Refused(CallerRules.Decide(User("R69:REFERRING_CLINICIAN", "RJ1:REFERRING_CLINICIAN"), headers, Everyone), HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("RJ1", "REFERRING_CLINICIAN", "NO_ACCESS")]
    [InlineData("R69", "REFERRING_ADMIN", "NO_ACCESS")]
    [InlineData("R69", "CHIEF_EXECUTIVE", "NO_ACCESS")]
    [InlineData("R69", "PROVIDER_AUTHORISED_APPLICATION", "FORBIDDEN")]
    [InlineData("R69", "REFERRER_AUTHORISED_APPLICATION", "FORBIDDEN")]
    [InlineData("R69", "AUTHORISED_APPLICATION", "FORBIDDEN")]
    public void A_role_and_organisation_that_the_token_does_not_hold_are_forbidden(string organisation, string role, string code)
    {
        // Even if the token holds these roles, a user cannot act as an application or in a role that this service does not have.
        var caller = User("R69:REFERRING_CLINICIAN", "R69:PROVIDER_AUTHORISED_APPLICATION", "R69:CHIEF_EXECUTIVE");

        var problem = Refused(Decide(caller, organisation, role), HttpStatusCode.Forbidden);

        Assert.Equal(code, problem.Errors[0].Code);
    }

    [Fact]
    public void A_role_that_the_function_does_not_list_is_forbidden()
    {
        var admission = Decide(User("R69:REFERRING_ADMIN"), "R69", "REFERRING_ADMIN", allowed: [Role.ReferringClinician]);

        Assert.Equal("FORBIDDEN", Refused(admission, HttpStatusCode.Forbidden).Errors[0].Code);
        Assert.Equal(new Admission.Claim("R69", "REFERRING_ADMIN", null), Assert.IsType<Admission.Refused>(admission).Claimed);
    }

    [Fact]
    public void A_function_that_lists_no_role_is_forbidden_to_everyone() =>
        Refused(Decide(User("R69:OPERATOR"), "R69", "OPERATOR", allowed: []), HttpStatusCode.Forbidden);

    [Theory]
    [InlineData("SERVICE_PROVIDER_CLINICIAN_ADMIN", Clinician, true)]
    [InlineData("SERVICE_PROVIDER_CLINICIAN_ADMIN", null, false)]
    [InlineData("SERVICE_PROVIDER_CLINICIAN_ADMIN", "", false)]
    [InlineData("SERVICE_PROVIDER_CLINICIAN_ADMIN", "999999999999", false)]
    [InlineData("SERVICE_PROVIDER_CLINICIAN", Clinician, false)]
    [InlineData("SERVICE_PROVIDER_CLINICIAN", null, true)]
    [InlineData("REFERRING_CLINICIAN_ADMIN", Clinician, false)]
    public void Only_an_SPCA_sends_an_on_behalf_of_header_and_the_token_must_hold_it(string role, string? onBehalfOf, bool isGranted)
    {
        var caller = User($"R69:{role}") with { OnBehalfOf = new HashSet<string> { $"R69:{Clinician}" } };

        var admission = Decide(caller, "R69", role, onBehalfOf);

        if (isGranted) Assert.Equal(onBehalfOf, Assert.IsType<Admission.Granted>(admission).Actor.OnBehalfOf);
        else Refused(admission, HttpStatusCode.Forbidden);
    }

    [Fact]
    public void A_bad_header_is_reported_before_a_forbidden_one() =>
        Refused(Decide(User("R69:REFERRING_CLINICIAN"), "R69", "", Clinician), HttpStatusCode.BadRequest);

    [Fact]
    public void An_application_is_identified_by_its_token()
    {
        var admission = CallerRules.Decide(Application("RJ1:PROVIDER_AUTHORISED_APPLICATION"), [], Everyone);

        Assert.Equal(new Actor("u", "RJ1", Role.ProviderAuthorisedApplication), Assert.IsType<Admission.Granted>(admission).Actor);
    }

    [Theory]
    [InlineData(CallerRules.OrganisationHeader)]
    [InlineData(CallerRules.RoleHeader)]
    [InlineData(CallerRules.OnBehalfOfHeader)]
    public void An_application_that_sends_a_user_header_is_a_bad_request(string name)
    {
        var headers = new HttpHeadersCollection([KeyValuePair.Create(name, "RJ1")]);

        var problem = Refused(CallerRules.Decide(Application("RJ1:PROVIDER_AUTHORISED_APPLICATION"), headers, Everyone), HttpStatusCode.BadRequest);

        Assert.Equal([name], problem.Errors.Select(error => error.Header));
    }

    [Theory]
    [InlineData()]
    [InlineData("RJ1:REFERRING_CLINICIAN")]
    [InlineData("RJ1:PROVIDER_AUTHORISED_APPLICATION", "R69:PROVIDER_AUTHORISED_APPLICATION")]
    [InlineData("RJ1:PROVIDER_AUTHORISED_APPLICATION", "RJ1:REFERRER_AUTHORISED_APPLICATION")]
    [InlineData(":PROVIDER_AUTHORISED_APPLICATION")]
    [InlineData("rj1:PROVIDER_AUTHORISED_APPLICATION")]
    public void An_application_with_no_or_several_organisations_is_forbidden(params string[] roles) =>
        Refused(CallerRules.Decide(Application(roles), [], Everyone), HttpStatusCode.Forbidden);

    [Fact]
    public void An_application_may_only_call_functions_that_list_its_role() =>
        Refused(CallerRules.Decide(Application("RJ1:REFERRER_AUTHORISED_APPLICATION"), [], [Role.ProviderAuthorisedApplication]), HttpStatusCode.Forbidden);

    [Fact]
    public void The_recorded_claims_of_a_refused_caller_contain_no_free_text()
    {
        var admission = Decide(User(), "R69", "REFERRING_CLINICIAN", "Ann Jones 943 476 5919");

        Assert.Null(Assert.IsType<Admission.Refused>(admission).Claimed!.OnBehalfOf);
    }

    private static Caller User(params string[] roles) =>
        new("u", false, roles.ToHashSet(), new HashSet<string>(), DateTimeOffset.MaxValue);

    private static Caller Application(params string[] roles) => User(roles) with { IsApplication = true };

    private static Admission Decide(Caller caller, string organisation, string role, string? onBehalfOf = null, Role[]? allowed = null) =>
        CallerRules.Decide(caller, Headers(organisation, role, onBehalfOf), allowed ?? Everyone);

    private static HttpHeadersCollection Headers(string organisation, string role, string? onBehalfOf = null)
    {
        var headers = new HttpHeadersCollection(
            [KeyValuePair.Create(CallerRules.OrganisationHeader, organisation), KeyValuePair.Create(CallerRules.RoleHeader, role)]);
        if (onBehalfOf is not null) headers.TryAddWithoutValidation(CallerRules.OnBehalfOfHeader, onBehalfOf);
        return headers;
    }

    private static EReferrals.Http.Problem Refused(Admission admission, HttpStatusCode status)
    {
        var problem = Assert.IsType<Admission.Refused>(admission).Problem;
        Assert.Equal(status, problem.Status);
        return problem;
    }
}
