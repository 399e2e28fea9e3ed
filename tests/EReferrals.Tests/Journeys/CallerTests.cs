using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EReferrals.Tests.Journeys;

[Collection(Journey.Name)]
public class CallerTests(SharedApp shared)
{
    private const string Path = "/v1/worklists";
    private const string Organisation = "NHSD-End-User-Organisation-ODS";
    private const string Function = "NHSD-eRS-Business-Function";
    private const string OnBehalfOf = "NHSD-eRS-On-Behalf-Of-User-ID";

    private static readonly Actor ClinicalAdmin = new("021600556111", Sample.Provider, Role.ServiceProviderClinicianAdmin, "103264994981");
    private static readonly Actor Application = new("provider-system", Sample.Provider, Role.ProviderAuthorisedApplication);

    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task A_request_without_a_valid_token_is_rejected()
    {
        var good = await _app.TokenAsync(Sample.ProviderClinician);
        var parts = good.Split('.');
        var expired = await TokenAsync(
            ("user", Sample.ProviderClinician.User), ("organisation", "R69"), ("role", "SERVICE_PROVIDER_CLINICIAN"), ("expiresIn", "-60"));
        string?[] authorizations =
        [
            null, "", "Bearer", "Bearer ", $"Basic {good}", good, "Bearer not.a.token", $"Bearer {good} {good}",
            $"Bearer {Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""")}.{parts[1]}.",
            $"Bearer {Base64UrlEncoder.Encode("""{"alg":"NONE"}""")}.{parts[1]}.{parts[2]}",
            $"Bearer {Base64UrlEncoder.Encode("""{"alg":"HS256"}""")}.{parts[1]}.{parts[2]}",
            $"Bearer {parts[0]}.{Changed(parts[1])}.{parts[2]}",
            $"Bearer {parts[0]}.{parts[1]}.",
            $"Bearer {parts[0]}.{parts[1]}",
            $"Bearer {new string('a', 20_000)}",
            $"Bearer {SelfSigned(_app.Local.HttpAddress)}",
            $"Bearer {expired}",
        ];

        foreach (var authorization in authorizations)
        {
            using var request = await _app.RequestAsync(Sample.ProviderClinician, HttpMethod.Get, Path);
            request.Headers.Remove("Authorization");
            if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
            using var response = await _app.Http.SendAsync(request);
            await response.ProblemAsync(401);
            Assert.Equal("Bearer", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
        }

        using var twice = await _app.RequestAsync(Sample.ProviderClinician, HttpMethod.Get, Path);
        twice.Headers.TryAddWithoutValidation("Authorization", [$"Bearer {good}", $"Bearer {good}"]);
        using var refused = await _app.Http.SendAsync(twice);
        Assert.Equal(["Authorization INVALID_VALUE"], Problems.In(await refused.ProblemAsync(400)));
    }

    [Fact]
    public async Task A_refused_request_with_an_expired_token_is_audited_under_the_subject_of_the_token()
    {
        var expired = await TokenAsync(("user", "021600556514"), ("organisation", "R69"), ("role", "REFERRING_CLINICIAN"), ("expiresIn", "-60"));
        var correlation = Guid.NewGuid().ToString();
        using var request = await _app.RequestAsync(Sample.ReferringClinician, HttpMethod.Get, "/v1/referrals/123456789012");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", expired);
        request.Headers.Add("X-Correlation-ID", correlation);
        using var response = await _app.Http.SendAsync(request);

        await response.ProblemAsync(401);
        var entry = Assert.Single(await _app.TrailAsync(correlation));
        Assert.Equal(("021600556514", "401", "123456789012"), ((string)entry["user"]!, (string)entry["outcome"]!, (string?)entry["ubrn"]));
    }

    [Theory]
    [InlineData("", "SERVICE_PROVIDER_CLINICIAN", 400, "NHSD-End-User-Organisation-ODS MISSING_HEADER")]
    [InlineData("R69", "", 400, "NHSD-eRS-Business-Function MISSING_HEADER")]
    [InlineData("", "", 400, "NHSD-End-User-Organisation-ODS MISSING_HEADER, NHSD-eRS-Business-Function MISSING_HEADER")]
    [InlineData("r69", "clinician", 400, "NHSD-End-User-Organisation-ODS INVALID_VALUE, NHSD-eRS-Business-Function INVALID_VALUE")]
    [InlineData("R69|R69", "SERVICE_PROVIDER_CLINICIAN", 400, "NHSD-End-User-Organisation-ODS INVALID_VALUE")]
    [InlineData("R69", "SERVICE_PROVIDER_CLINICIAN|OPERATOR", 400, "NHSD-eRS-Business-Function INVALID_VALUE")]
    [InlineData("R69", "CHIEF_EXECUTIVE", 403, "NHSD-eRS-Business-Function NO_ACCESS")]
    [InlineData("R69", "OPERATOR", 403, "NHSD-eRS-Business-Function NO_ACCESS")]
    [InlineData("RCD", "SERVICE_PROVIDER_CLINICIAN", 403, "NHSD-eRS-Business-Function NO_ACCESS")]
    [InlineData("R69", "PROVIDER_AUTHORISED_APPLICATION", 403, "NHSD-eRS-Business-Function FORBIDDEN")]
    public async Task A_user_is_identified_by_the_token_and_the_headers_together(string organisations, string roles, int status, string problems)
    {
        using var request = await _app.RequestAsync(Sample.ProviderClinician, HttpMethod.Get, Path);
        request.Headers.Remove(Organisation);
        request.Headers.Remove(Function);
        if (organisations.Length > 0) request.Headers.TryAddWithoutValidation(Organisation, organisations.Split('|'));
        if (roles.Length > 0) request.Headers.TryAddWithoutValidation(Function, roles.Split('|'));
        using var response = await _app.Http.SendAsync(request);

        Assert.Equal(problems, string.Join(", ", Problems.In(await response.ProblemAsync(status))));
    }

    [Theory]
    [InlineData(Role.Commissioner)]
    [InlineData(Role.InformationAnalyst)]
    [InlineData(Role.BookingManager)]
    [InlineData(Role.AdditionalRequirementsManager)]
    public async Task A_role_without_commands_may_read_services_and_gets_403_elsewhere(Role role)
    {
        var holder = new Actor("021600556514", Sample.ReferringOrganisation, role);
        foreach (var operation in EveryRoute.OfCallers)
        {
            using var answer = await _app.SendAsync(holder, operation.Method(), operation.Address());
            if (operation.Roles.Contains(role))
            {
                Assert.StartsWith("/v1/services", operation.Path, StringComparison.Ordinal);
                Assert.Equal(200, (int)answer.StatusCode);
                continue;
            }

            var problem = await answer.ProblemAsync(403);
            Assert.Equal($"{Code.From(role)} may not do this.", (string)problem["detail"]!);
            Assert.Equal([$"{Function} FORBIDDEN"], Problems.In(problem));
        }
    }

    [Theory]
    [InlineData("CHIEF_EXECUTIVE", "CHIEF_EXECUTIVE is not a role of this service.")]
    [InlineData("COMMISSIONER", "The user does not hold COMMISSIONER at R69.")]
    public async Task A_role_that_the_caller_does_not_hold_and_an_unknown_role_get_different_errors(string role, string detail)
    {
        using var request = await _app.RequestAsync(Sample.ProviderClinician, HttpMethod.Get, "/v1/services");
        request.Headers.Remove(Function);
        request.Headers.Add(Function, role);
        using var response = await _app.Http.SendAsync(request);

        Assert.Equal(detail, (string)(await response.ProblemAsync(403))["detail"]!);
    }

    [Fact]
    public async Task An_application_that_sends_a_user_header_is_rejected()
    {
        using var silent = await _app.GetAsync(Application, Path);
        using var talkative = await _app.GetAsync(
            Application, Path, (Organisation, "R69"), (Function, "PROVIDER_AUTHORISED_APPLICATION"), (OnBehalfOf, "103264994981"));
        using var elsewhere = await _app.GetAsync(Application, "/v1/worklists/AWAITING_BOOKING");

        Assert.Equal(200, (int)silent.StatusCode);
        Assert.Equal(
            [$"{Organisation} UNEXPECTED_FIELD", $"{Function} UNEXPECTED_FIELD", $"{OnBehalfOf} UNEXPECTED_FIELD"],
            Problems.In(await talkative.ProblemAsync(400)));
        await elsewhere.ProblemAsync(403);
    }

    [Fact]
    public async Task A_clinicians_administrator_may_act_for_a_clinician_of_the_token_and_other_roles_may_not()
    {
        using var allowed = await _app.GetAsync(ClinicalAdmin, Path);
        using var forNobody = await AsClinicalAdminAsync(null);
        using var forAnother = await AsClinicalAdminAsync("921600556514");
        using var forNonsense = await AsClinicalAdminAsync("x y");
        using var forTwo = await AsClinicalAdminAsync("103264994981,921600556514");
        using var clinician = await _app.GetAsync(Sample.ProviderClinician, Path, (OnBehalfOf, "103264994981"));

        Assert.Equal(200, (int)allowed.StatusCode);
        await forNobody.ProblemAsync(403);
        await forAnother.ProblemAsync(403);
        await forNonsense.ProblemAsync(403);
        await forTwo.ProblemAsync(400);
        await clinician.ProblemAsync(403);
    }

    [Fact]
    public async Task The_history_names_the_clinician_for_whom_the_administrator_acted()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        using var accepted = await _app.PostAsync(ClinicalAdmin, $"/v1/referrals/{ubrn}/accept", new JsonObject(), ("If-Match", "W/\"1\""));
        accepted.EnsureSuccessStatusCode();

        using var history = await _app.GetAsync(ClinicalAdmin, $"/v1/referrals/{ubrn}/history");

        var by = (await history.JsonAsync())["versions"]!.AsArray()[^1]!["by"]!;
        Assert.Equal(
            ("021600556111", "SERVICE_PROVIDER_CLINICIAN_ADMIN", "103264994981"), ((string)by["user"]!, (string)by["role"]!, (string)by["onBehalfOf"]!));
    }

    [Fact]
    public async Task A_practice_administrator_must_name_the_clinician_and_a_clinician_must_not()
    {
        var named = JourneySteps.Submission();
        named["referringClinician"] = "021600556514";
        using var clinician = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", named);
        using var nameless = await _app.PostAsync(Sample.ReferringAdmin, "/v1/referrals", JourneySteps.Submission());
        var ubrn = await _app.SubmitAsync(Sample.ReferringAdmin, named);
        await _app.DrainAsync();

        using var read = await _app.GetAsync(Sample.ReferringClinician, $"/v1/referrals/{ubrn}");

        Assert.Equal(["/referringClinician FIELD_NOT_PERMITTED"], Problems.In(await clinician.ProblemAsync(422)));
        Assert.Equal(["/referringClinician VALUE_IS_REQUIRED"], Problems.In(await nameless.ProblemAsync(422)));
        var referrer = (await read.JsonAsync())["referrer"]!;
        Assert.Equal((Sample.ReferringAdmin.User, "021600556514"), ((string)referrer["user"]!, (string)referrer["clinician"]!));
    }

    private async Task<HttpResponseMessage> AsClinicalAdminAsync(string? onBehalfOf)
    {
        using var request = await _app.RequestAsync(ClinicalAdmin, HttpMethod.Get, Path);
        request.Headers.Remove(OnBehalfOf);
        if (onBehalfOf is not null) request.Headers.TryAddWithoutValidation(OnBehalfOf, onBehalfOf);
        return await _app.Http.SendAsync(request);
    }

    private async Task<string> TokenAsync(params (string Name, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var response = await _app.Http.PostAsync(new Uri("/local/token", UriKind.Relative), content);
        response.EnsureSuccessStatusCode();
        return (string)(await response.JsonAsync())["access_token"]!;
    }

    private static string SelfSigned(Uri address) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = new Uri(address, "/local").ToString(),
        Audience = "ereferrals",
        Claims = new Dictionary<string, object> { ["sub"] = "103264994981", ["roles"] = "R69:SERVICE_PROVIDER_CLINICIAN" },
        SigningCredentials = new SigningCredentials(new RsaSecurityKey(RSA.Create(2048)), SecurityAlgorithms.RsaSha256),
    });

    private static string Changed(string payload) =>
        Base64UrlEncoder.Encode(Base64UrlEncoder.Decode(payload).Replace("103264994981", "021600556514", StringComparison.Ordinal));
}
