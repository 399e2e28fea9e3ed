using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Tests.Journeys;

/// <summary>What the service accepts of a token that its issuer signed.</summary>
[Collection(Journey.Name)]
public class TokenTests(SharedApp shared)
{
    private const string Clinician = "103264994981";

    private readonly RunningApp _app = shared.App;

    [Theory]
    [InlineData("user", "3600", 200)]
    [InlineData("user", "3700", 401)]
    [InlineData("application", "86400", 200)]
    [InlineData("application", "86500", 401)]
    public async Task A_token_that_lives_too_long_is_rejected(string kind, string lifetime, int status)
    {
        var caller = kind == "user" ? Sample.ProviderClinician : new Actor("provider-system", Sample.Provider, Role.ProviderAuthorisedApplication);
        var token = await TokenAsync(
            (kind, caller.User), ("organisation", caller.Organisation), ("role", Code.From(caller.Role)), ("expiresIn", lifetime));

        Assert.Equal(status, await StatusAsync(caller, token, HttpMethod.Get, "/v1/worklists"));
    }

    [Fact]
    public async Task A_clinical_admin_acts_for_a_clinician_only_at_the_organisation_of_the_token()
    {
        const string role = "SERVICE_PROVIDER_CLINICIAN_ADMIN";
        foreach (var (pair, atProvider, elsewhere) in new[] { ($"R69:{Clinician}", 200, 403), ($"RCD:{Clinician}", 403, 200) })
        {
            var token = await TokenAsync(("user", "021600556111"), ("roles", $"R69:{role},RCD:{role}"), ("onBehalfOf", pair));
            var admin = new Actor("021600556111", "R69", Role.ServiceProviderClinicianAdmin, Clinician);

            Assert.Equal(atProvider, await StatusAsync(admin, token, HttpMethod.Get, "/v1/worklists"));
            Assert.Equal(elsewhere, await StatusAsync(admin with { Organisation = "RCD" }, token, HttpMethod.Get, "/v1/worklists"));
        }
    }

    [Fact]
    public async Task An_operator_of_an_organisation_that_does_not_operate_the_service_is_refused()
    {
        var stranger = Sample.Operator with { Organisation = Sample.ReferringOrganisation };
        var mode = new JsonObject { ["readOnly"] = true, ["uploads"] = true, ["booking"] = true };

        using var set = await _app.SendAsync(stranger, HttpMethod.Put, "/v1/operations/mode", mode);
        using var read = await _app.GetAsync(Sample.Operator, "/v1/operations/mode");

        Assert.Equal(["NHSD-eRS-Business-Function NO_ACCESS"], Problems.In(await set.ProblemAsync(403)));
        Assert.Equal((200, false), ((int)read.StatusCode, (bool)(await read.JsonAsync())["readOnly"]!));
    }

    private async Task<int> StatusAsync(Actor caller, string token, HttpMethod method, string path)
    {
        using var request = await _app.RequestAsync(caller, method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await _app.Http.SendAsync(request);
        return (int)response.StatusCode;
    }

    private async Task<string> TokenAsync(params (string Name, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var response = await _app.Http.PostAsync(new Uri("/local/token", UriKind.Relative), content);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!["access_token"]!.GetValue<string>();
    }
}
