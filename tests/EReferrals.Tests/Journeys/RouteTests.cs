using System.Text.Json.Nodes;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using EReferrals.Storage.Tables;
using EReferrals.Referrals.Values;
using EReferrals.Intake;
using System.Text;
using EReferrals.ApiDocs;
using EReferrals.Http;

namespace EReferrals.Tests.Journeys;

/// <summary>Behaviour that all addresses share, including unknown ones.</summary>
[Collection(Journey.Name)]
public class RouteTests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task HEAD_returns_the_headers_of_GET_without_a_body()
    {
        foreach (var operation in EveryRoute.Operations.Where(operation => operation.Verb == "get"))
        {
            using var get = await AskAsync(operation, HttpMethod.Get);
            using var head = await AskAsync(operation, HttpMethod.Head);

            Assert.Equal((operation.Path, get.StatusCode), (operation.Path, head.StatusCode));
            Assert.Empty(await head.Content.ReadAsByteArrayAsync());
            Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
            Assert.Equal(get.Headers.Vary, head.Headers.Vary);
            Assert.Equal(get.Headers.ETag, head.Headers.ETag);
        }
    }

    [Fact]
    public async Task OPTIONS_lists_the_methods_and_allows_no_other_origin()
    {
        foreach (var path in EveryRoute.Operations.GroupBy(operation => operation.Path))
        {
            using var request = new HttpRequestMessage(HttpMethod.Options, path.First().Address());
            request.Headers.Add("Origin", "https://elsewhere.example");
            request.Headers.Add("Access-Control-Request-Method", "GET");
            using var answer = await _app.Http.SendAsync(request);

            var verbs = path.Select(operation => operation.Verb.ToUpperInvariant()).ToList();
            if (verbs.Contains("GET")) verbs.Add("HEAD");
            Assert.Equal((path.Key, 204), (path.Key, (int)answer.StatusCode));
            Assert.Equal(verbs.Append("OPTIONS").Order(), answer.Content.Headers.Allow.Order());
            Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task An_unsupported_method_gets_a_405_that_lists_the_supported_methods()
    {
        foreach (var path in EveryRoute.Operations.GroupBy(operation => operation.Path))
        {
            using var request = new HttpRequestMessage(HttpMethod.Patch, path.First().Address());
            using var answer = await _app.Http.SendAsync(request);

            Assert.Equal("urn:ereferrals:problem:method-not-allowed", (string)(await answer.ProblemAsync(405))["type"]!);
            Assert.All(path, operation => Assert.Contains(operation.Verb.ToUpperInvariant(), answer.Content.Headers.Allow));
        }
    }

    [Theory]
    [InlineData("GET", "/v1/referals/000000012345")]
    [InlineData("POST", "/v1/referrals/000000012345/acept")]
    [InlineData("PUT", "/favicon.ico")]
    [InlineData("DELETE", "/v2")]
    [InlineData("OPTIONS", "/v1/nothing")]
    [InlineData("GET", "/v1/worklists/REFERRALS_FOR_REVIEW/changes/more")]
    public async Task An_unknown_path_gets_a_problem(string method, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), path);
        using var answer = await _app.Http.SendAsync(request);

        Assert.Equal("urn:ereferrals:problem:not-found", (string)(await answer.ProblemAsync(404))["type"]!);
    }

    [Fact]
    public void Routes_match_in_any_letter_case_and_with_any_parameter_value()
    {
        Assert.Equal(["GET", "HEAD", "OPTIONS", "PUT"], Routes.MethodsAt("/V1/Services/a%2Fb"));
        Assert.Equal(["OPTIONS", "POST"], Routes.MethodsAt("/v1/referrals/"));
        Assert.Equal(["GET", "HEAD", "OPTIONS"], Routes.MethodsAt("/"));
        Assert.Empty(Routes.MethodsAt("/v1"));
        Assert.All(["//", "//v1/worklists", "/v1//worklists", "/v1/referrals//accept"], path => Assert.Empty(Routes.MethodsAt(path)));
    }

    [Fact]
    public async Task Every_unknown_query_parameter_is_rejected_by_name_on_every_route_that_needs_a_caller()
    {
        foreach (var operation in EveryRoute.OfCallers)
        {
            var address = operation.Address();
            // The example of a list is one of the hospital's.
            var caller = operation.Path.Contains("{list}", StringComparison.Ordinal) ? Sample.ProviderClinician : operation.Caller();
            using var answer = await _app.SendAsync(
                caller, operation.Method(), $"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}colour=red&verbose&colour=blue");

            var problems = Problems.In(await answer.ProblemAsync(400));
            Assert.Equal(
                ["colour UNEXPECTED_FIELD", "verbose UNEXPECTED_FIELD"], problems.Where(problem => !problem.StartsWith("since ", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task Pages_and_status_ignore_query_parameters_because_monitors_add_their_own()
    {
        foreach (var operation in EveryRoute.Operations.Where(operation => operation.Roles.Count == 0))
        {
            using var plain = await AskAsync(operation, HttpMethod.Get);
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{operation.Address()}?_=1732600000&verbose");
            using var answer = await _app.Http.SendAsync(request);

            Assert.Equal((operation.Path, plain.StatusCode), (operation.Path, answer.StatusCode));
        }
    }

    [Theory]
    [InlineData("limit", "limit INVALID_VALUE")]
    [InlineData("limit=5&&", "")]
    [InlineData("Limit=5", "Limit UNEXPECTED_FIELD")]
    [InlineData("=5", " UNEXPECTED_FIELD")]
    [InlineData("limit=0&b&a=1", "limit INVALID_VALUE, a UNEXPECTED_FIELD, b UNEXPECTED_FIELD")]
    public async Task Parameters_of_a_list_without_a_value_in_another_case_or_unknown_are_named_together(string query, string problems)
    {
        using var answer = await _app.GetAsync(Sample.ProviderClinician, $"/v1/worklists/REFERRALS_FOR_REVIEW?{query}");

        Assert.Equal(problems.Length == 0 ? 200 : 400, (int)answer.StatusCode);
        if (problems.Length > 0) Assert.Equal(problems, string.Join(", ", Problems.In(await answer.ProblemAsync())));
    }

    [Fact]
    public async Task A_refusal_names_the_header_in_which_the_caller_chose_what_is_refused()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        var letter = await _app.UploadAsync(Sample.ReferringClinician, ubrn);
        await _app.DrainAsync();
        var stranger = Sample.ProviderClinician with { Organisation = "RCD" };
        using var role = await _app.GetAsync(Sample.ReferringClinician, "/v1/worklists/REFERRALS_FOR_REVIEW");
        using var referral = await _app.GetAsync(stranger, $"/v1/referrals/{ubrn}");
        using var attachment = await _app.GetAsync(stranger, $"/v1/attachments/{letter}/status");
        using var command = await _app.CommandAsync(stranger, ubrn, "accept", [], version: 1);

        Assert.Equal(["NHSD-eRS-Business-Function FORBIDDEN"], Problems.In(await role.ProblemAsync(403)));
        foreach (var refused in new[] { referral, attachment, command })
        {
            Assert.Equal(["NHSD-End-User-Organisation-ODS NO_RELATIONSHIP"], Problems.In(await refused.ProblemAsync(403)));
        }
    }

    [Fact]
    public async Task A_stranger_is_not_told_that_a_number_is_an_alias()
    {
        var first = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        var alias = await _app.Services.GetRequiredService<UbrnAllocator>().TakeAsync(default);
        await _app.Services.GetRequiredService<ReferralTable>().InsertAliasAsync(alias, Ubrn.Parse(first), default);
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = _app.Http.BaseAddress };

        foreach (var (reader, status) in new[] { (Sample.ProviderClinician, 307), (Sample.ProviderClinician with { Organisation = "RCD" }, 403) })
        {
            foreach (var (method, tail) in new[] { (HttpMethod.Get, ""), (HttpMethod.Get, "/history"), (HttpMethod.Post, "/accept") })
            {
                var body = method == HttpMethod.Get ? null : new StringContent("{}", Encoding.UTF8, "application/json");
                using var request = await _app.RequestAsync(reader, method, $"/v1/referrals/{alias}{tail}", body);
                request.Headers.TryAddWithoutValidation("If-Match", "W/\"1\"");
                using var response = await client.SendAsync(request);
                Assert.Equal((status, status == 307), ((int)response.StatusCode, response.Headers.Location is not null));
            }
        }
    }

    [Fact]
    public async Task A_referral_with_an_unknown_query_parameter_is_not_accepted()
    {
        var key = Guid.NewGuid().ToString();
        using var refused = await _app.PostAsync(
            Sample.ReferringClinician, "/v1/referrals?dryRun=true", JourneySteps.Submission(key: key), ("Idempotency-Key", key));
        using var accepted = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission(), ("Idempotency-Key", key));

        Assert.Equal(["dryRun UNEXPECTED_FIELD"], Problems.In(await refused.ProblemAsync(400)));
        Assert.Equal(202, (int)accepted.StatusCode);
    }

    [Fact]
    public async Task A_chunked_body_is_rejected_as_chunked_and_not_as_invalid_JSON()
    {
        foreach (var operation in EveryRoute.OfCallers.Where(operation => operation.BodyType is not null))
        {
            using var content = ContentOf(operation);
            using var request = await _app.RequestAsync(operation.Caller(), operation.Method(), operation.Address(), content);
            request.Headers.TryAddWithoutValidation("If-Match", "W/\"1\"");
            request.Headers.TransferEncodingChunked = true;
            using var answer = await _app.Http.SendAsync(request);

            Assert.Equal(["Content-Length MISSING_HEADER"], Problems.In(await answer.ProblemAsync(411)));
        }
    }

    [Fact]
    public async Task A_compressed_body_is_rejected_as_unsupported()
    {
        foreach (var operation in EveryRoute.OfCallers.Where(operation => operation.BodyType is not null))
        {
            using var content = ContentOf(operation);
            content.Headers.ContentEncoding.Add("gzip");
            using var answer = await _app.SendAsync(operation.Caller(), operation.Method(), operation.Address(), content, ("If-Match", "W/\"1\""));

            Assert.Equal(["Content-Encoding INVALID_VALUE"], Problems.In(await answer.ProblemAsync(415)));
        }
    }

    [Fact]
    public async Task A_byte_order_mark_is_skipped()
    {
        using var content = new ByteArrayContent([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(JourneySteps.Submission().ToJsonString())]);
        content.Headers.ContentType = new("application/json");
        using var answer = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", content);

        Assert.Equal(202, (int)answer.StatusCode);
    }

    private async Task<HttpResponseMessage> AskAsync(ApiOperation operation, HttpMethod method)
    {
        if (operation.Roles.Count > 0) return await _app.SendAsync(operation.Caller(), method, operation.Address());
        using var request = new HttpRequestMessage(method, operation.Address());
        return await _app.Http.SendAsync(request);
    }

    private static ByteArrayContent ContentOf(ApiOperation operation)
    {
        var content = new ByteArrayContent("{}"u8.ToArray());
        content.Headers.ContentType = new(operation.BodyType!);
        content.Headers.TryAddWithoutValidation("NHSD-eRS-File-Name", "letter.pdf");
        return content;
    }
}
