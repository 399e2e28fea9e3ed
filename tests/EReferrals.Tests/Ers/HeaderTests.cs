using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using EReferrals.Referrals.Organisations;

namespace EReferrals.Tests.Ers;

/// <summary>The rules of section 1 of the contract, which hold for every operation.</summary>
[Collection(Journey.Name)]
public class HeaderTests(SharedApp shared)
{
    private const string Organisation = "NHSD-End-User-Organisation-ODS";
    private const string Function = "NHSD-eRS-Business-Function";
    private const string Referral = ErsSteps.Stu3 + "ReferralRequest/000000012345";

    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task A_request_without_a_token_gets_a_401_with_an_OperationOutcome()
    {
        using var stu3 = await _app.Http.GetAsync(new Uri(Referral, UriKind.Relative));
        using var r4 = await _app.Http.GetAsync(new Uri(ErsSteps.R4 + "ServiceRequest?identifier=000000012345", UriKind.Relative));

        Assert.Equal(("NO_ACCESS", "login"), Short(await stu3.OutcomeAsync(401)));
        Assert.Equal(("ACCESS_DENIED", "login"), Short(await r4.OutcomeAsync(401)));
        Assert.Equal("Bearer", Assert.Single(stu3.Headers.WwwAuthenticate).Scheme);
    }

    [Theory]
    [InlineData(Organisation)]
    [InlineData(Function)]
    public async Task A_missing_caller_header_gets_a_400_that_names_it(string header)
    {
        using var request = await _app.RequestAsync(Sample.ReferringClinician, HttpMethod.Get, Referral);
        request.Headers.Remove(header);
        using var response = await _app.Http.SendAsync(request);

        var issue = Assert.Single(await response.OutcomeAsync(400));
        Assert.Equal(("MISSING_HEADER", "required", $"Missing or Empty {header} header."), issue);
    }

    [Fact]
    public async Task An_organisation_that_is_not_the_users_gets_403()
    {
        using var request = await _app.RequestAsync(Sample.ReferringClinician, HttpMethod.Get, Referral);
        request.Headers.Remove(Organisation);
        request.Headers.Add(Organisation, "RCD");
        using var response = await _app.Http.SendAsync(request);

        Assert.Equal(("NO_ACCESS", "forbidden"), Short(await response.OutcomeAsync(403)));
    }

    [Theory]
    [InlineData("PROVIDER_AUTHORISED_APPLICATION")]
    [InlineData("REFERRER_AUTHORISED_APPLICATION")]
    [InlineData("AUTHORISED_APPLICATION")]
    public async Task A_user_may_not_claim_an_internal_role(string role)
    {
        using var request = await _app.RequestAsync(Sample.ReferringClinician, HttpMethod.Get, Referral);
        request.Headers.Remove(Function);
        request.Headers.Add(Function, role);
        using var response = await _app.Http.SendAsync(request);

        await response.AssertCodesAsync(403, "FORBIDDEN");
    }

    [Fact]
    public async Task Only_a_clinicians_administrator_sends_the_on_behalf_of_header_and_always_does()
    {
        using var without = await _app.RequestAsync(ErsSteps.ProviderAdmin, HttpMethod.Get, Referral);
        without.Headers.Remove("NHSD-eRS-On-Behalf-Of-User-ID");
        using var missing = await _app.Http.SendAsync(without);
        using var surplus = await _app.ReadAsync(Sample.ProviderClinician, Referral, ("NHSD-eRS-On-Behalf-Of-User-ID", "103264994981"));

        await missing.AssertCodesAsync(403, "FORBIDDEN");
        await surplus.AssertCodesAsync(403, "FORBIDDEN");
    }

    [Fact]
    public async Task An_application_that_sends_user_headers_gets_403()
    {
        using var response = await _app.ReadAsync(ErsSteps.Application, Referral, (Organisation, Sample.Provider));

        await response.AssertCodesAsync(403, "FORBIDDEN");
    }

    [Fact]
    public async Task The_correlation_id_is_echoed_and_the_request_id_is_the_servers_own()
    {
        using var response = await _app.ReadAsync(Sample.ReferringClinician, Referral, ("X-Correlation-ID", "any text, as it was"), ("X-Request-ID", "mine"));

        await response.ResourceAsync(404);
        Assert.Equal("any text, as it was", response.Headers.GetValues("X-Correlation-ID").Single());
        Assert.NotEqual("mine", response.Headers.GetValues("X-Request-ID").Single());
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/xml")]
    public async Task A_caller_that_does_not_accept_FHIR_JSON_gets_406(string accept)
    {
        using var stu3 = await _app.ReadAsync(Sample.ReferringClinician, Referral, ("Accept", accept));
        using var r4 = await _app.ReadAsync(Sample.ReferringClinician, ErsSteps.R4 + "ServiceRequest?identifier=000000012345", ("Accept", accept));

        await stu3.ResourceAsync(406);
        await r4.AssertCodesAsync(406, "REC_NOT_ACCEPTABLE");
    }

    [Theory]
    [InlineData("json")]
    [InlineData("application/json")]
    [InlineData("application/fhir%2Bjson")]
    [InlineData("application/fhir+json")]
    public async Task A_client_may_ask_for_JSON_in_the_query_of_every_operation(string format)
    {
        var created = await _app.CreatedAsync("11002");
        var query = $"_format={format}";

        using var read = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.Stu3}ReferralRequest/{created.IdOf()}?{query}");
        using var search = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.R4}ServiceRequest?identifier={created.IdOf()}&{query}");
        using var roles = await _app.ReadAsync(Sample.ReferringClinician, $"{ErsSteps.R4}PractitionerRole?{query}");
        using var posted = await _app.FhirAsync(
            Sample.ReferringClinician, HttpMethod.Post, $"{ErsSteps.Stu3}ReferralRequest/$ers.createReferral?{query}", ErsSteps.Creation("11002"));

        await read.ResourceAsync(200);
        await search.ResourceAsync(200);
        await roles.ResourceAsync(200);
        await posted.ResourceAsync(201);
    }

    [Fact]
    public async Task Another_format_in_the_query_gets_406_and_any_other_unknown_parameter_400()
    {
        using var read = await _app.ReadAsync(Sample.ReferringClinician, Referral + "?_format=xml");
        using var search = await _app.ReadAsync(Sample.ReferringClinician, ErsSteps.R4 + "ServiceRequest?identifier=000000012345&_format=xml");
        using var unknown = await _app.ReadAsync(Sample.ReferringClinician, Referral + "?_format=json&_pretty=true");
        using var plain = await _app.GetAsync(Sample.ReferringClinician, "/v1/referrals/000000012345?_format=json");

        await read.ResourceAsync(406);
        await search.AssertCodesAsync(406, "REC_NOT_ACCEPTABLE");
        await unknown.AssertCodesAsync(400, "UNEXPECTED_FIELD");
        Assert.Equal(400, (int)plain.StatusCode);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    public async Task A_body_of_another_type_gets_415(string type)
    {
        using var content = new StringContent("{}", Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        using var response = await _app.SendAsync(
            Sample.ReferringClinician, HttpMethod.Post, ErsSteps.Stu3 + "ReferralRequest/$ers.createReferral", content);

        await response.ResourceAsync(415);
    }

    [Fact]
    public async Task A_body_that_is_not_JSON_gets_400()
    {
        using var content = new StringContent("{", Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue(ErsSteps.Fhir);
        using var response = await _app.SendAsync(
            Sample.ReferringClinician, HttpMethod.Post, ErsSteps.Stu3 + "ReferralRequest/$ers.createReferral", content);

        await response.AssertCodesAsync(400, "INVALID_FHIR_STRUCTURE");
    }

    [Fact]
    public async Task An_unknown_address_and_a_wrong_method_get_an_OperationOutcome()
    {
        using var unknown = await _app.ReadAsync(Sample.ReferringClinician, ErsSteps.Stu3 + "Observation/1");
        using var method = await _app.FhirAsync(Sample.ReferringClinician, HttpMethod.Delete, Referral);
        using var r4 = await _app.ReadAsync(Sample.ReferringClinician, ErsSteps.R4 + "Observation/1");

        await unknown.AssertCodesAsync(404, "REFERENCE_NOT_FOUND");
        await method.AssertCodesAsync(405, "METHOD_NOT_ALLOWED");
        await r4.AssertCodesAsync(404, "REC_NOT_FOUND");
    }

    [Fact]
    public async Task A_write_needs_the_version_that_was_read_in_its_form()
    {
        var ubrn = await _app.BookedAsync();
        var path = $"{ErsSteps.Stu3}ReferralRequest/{ubrn}/$ers.acceptReferral";

        using var missing = await _app.FhirAsync(Sample.ProviderClinician, HttpMethod.Post, path);
        using var malformed = await _app.FhirAsync(Sample.ProviderClinician, HttpMethod.Post, path, null, ("If-Match", "2"));
        using var stale = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "acceptReferral", null, 1);
        using var nowhere = await _app.OperateAsync(Sample.ProviderClinician, "000000012345", "acceptReferral", null, 1);

        await missing.AssertCodesAsync(412, "MISSING_HEADER");
        await malformed.AssertCodesAsync(400, "INVALID_VALUE");
        await stale.AssertCodesAsync(409, "CONFLICTING_VALUES");
        await nowhere.AssertCodesAsync(404, "REFERENCE_NOT_FOUND");
    }

    [Fact]
    public async Task The_state_of_the_resource_comes_before_the_errors_of_the_body()
    {
        var ubrn = await _app.BookedAsync();

        using var nowhere = await _app.OperateAsync(Sample.ProviderClinician, "000000012345", "rejectReferral", new JsonObject(), 1);
        using var stale = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "rejectReferral", new JsonObject(), 1);
        using var wrong = await _app.OperateAsync(Sample.ProviderClinician, ubrn, "rejectReferral", new JsonObject(), 2);

        Assert.Equal((404, 409, 422), ((int)nowhere.StatusCode, (int)stale.StatusCode, (int)wrong.StatusCode));
    }

    [Fact]
    public async Task Of_two_writers_with_the_same_version_exactly_one_succeeds()
    {
        var ubrn = await _app.BookedAsync();

        var responses = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => _app.OperateAsync(Sample.ProviderClinician, ubrn, "acceptReferral", null, 2)));

        Assert.Equal((1, 5), (responses.Count(response => (int)response.StatusCode == 200),
            responses.Count(response => (int)response.StatusCode is 409 or 423)));
    }

    [Fact]
    public async Task A_worklist_is_compressed_for_callers_that_accept_gzip_and_is_the_same_list()
    {
        await _app.BookedAsync();
        const string Path = ErsSteps.Stu3 + "ReferralRequest/$ers.fetchworklist";
        var body = ErsSteps.ListRequest("REFERRALS_FOR_REVIEW");
        using var compressed = await _app.FhirAsync(Sample.ProviderClinician, HttpMethod.Post, Path, body, ("Accept-Encoding", "br, gzip;q=0.5"));
        using var refused = await _app.FhirAsync(Sample.ProviderClinician, HttpMethod.Post, Path, body, ("Accept-Encoding", "gzip;q=0"));

        await using var unpacked = new GZipStream(await compressed.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        var list = await JsonNode.ParseAsync(unpacked);
        Assert.Equal("gzip", Assert.Single(compressed.Content.Headers.ContentEncoding));
        Assert.Empty(refused.Content.Headers.ContentEncoding);
        Assert.All([compressed, refused], response => Assert.Contains("Accept-Encoding", response.Headers.Vary));
        Assert.Equal(Ubrns(await refused.ResourceAsync(200)).Intersect(Ubrns(list!)), Ubrns(list!));
    }

    [Fact]
    public async Task Ping_is_open_and_the_status_needs_the_monitoring_key()
    {
        using var ping = await _app.Http.GetAsync(new Uri("/referrals/FHIR/_ping", UriKind.Relative));
        using var closed = await _app.Http.GetAsync(new Uri("/referrals/FHIR/_status", UriKind.Relative));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/referrals/FHIR/_status");
        request.Headers.Add("apikey", "local");
        using var status = await _app.Http.SendAsync(request);

        Assert.Equal((200, 401, 200), ((int)ping.StatusCode, (int)closed.StatusCode, (int)status.StatusCode));
        Assert.Contains("\"status\"", await status.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static string[] Ubrns(JsonNode list) => [.. list["entry"]!.AsArray().Select(entry => (string)entry!["item"]!["reference"]!)];

    private static (string, string) Short(IReadOnlyList<(string Code, string Type, string Diagnostics)> issues) => (issues[0].Code, issues[0].Type);
}
