using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using FsCheck;
using FsCheck.Fluent;

namespace EReferrals.Tests.Journeys;

/// <summary>Any invalid request gets a plain 4xx response, never a 500 and never internal details.</summary>
[Collection(Journey.Name)]
public class HostileInputTests(SharedApp shared)
{
    private const int BodyLimit = 64 * 1024;
    private const string Letter = "11111111-1111-4111-8111-111111111111";

    private readonly RunningApp _app = shared.App;

    private static readonly string Valid = new JsonObject
    {
        ["patient"] = new JsonObject { ["nhsNumber"] = "9434765919", ["familyName"] = "Jones", ["givenName"] = "Ann", ["birthDate"] = "1980-02-01" },
        ["service"] = "50001",
        ["priority"] = "URGENT",
        ["specialty"] = "CARDIOLOGY",
        ["clinicType"] = "HEART_FAILURE",
        ["reason"] = "Chest pain on exertion",
        ["snomed"] = new JsonArray("22298006"),
        ["attachments"] = new JsonArray(),
        ["letter"] = "NEED_TO_ADD_LATER",
        ["pathwayStart"] = DateTimeOffset.UtcNow.AddDays(-3).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
    }.ToJsonString();

    [Fact]
    public async Task A_submission_truncated_at_any_byte_is_rejected_as_unreadable()
    {
        var valid = Encoding.UTF8.GetBytes(Valid);
        for (var length = 0; length < valid.Length; length++)
        {
            using var response = await SubmitAsync(valid[..length]);
            await response.ProblemAsync(400);
        }
    }

    [Fact]
    public async Task A_member_of_the_wrong_type_is_reported_with_its_place()
    {
        string[] members =
        [
            "/patient", "/patient/nhsNumber", "/patient/familyName", "/patient/givenName", "/patient/birthDate", "/service", "/priority", "/specialty",
            "/clinicType", "/reason", "/snomed", "/attachments", "/letter", "/pathwayStart",
        ];
        foreach (var member in members)
        {
            foreach (var wrong in new[] { "null", "true", "0", "-1e400", "[[]]", "{\"x\":{}}", "\"\"", "\"\\u0000\"", $"\"{new string('x', 9000)}\"" })
            {
                var submission = JsonNode.Parse(Valid)!.AsObject();
                var owner = member.StartsWith("/patient/", StringComparison.Ordinal) ? submission["patient"]!.AsObject() : submission;
                owner[member.Split('/')[^1]] = JsonNode.Parse(wrong);
                using var response = await SubmitAsync(Encoding.UTF8.GetBytes(submission.ToJsonString()));
                var problems = Problems.In(await response.ProblemAsync(422)).ToArray();
                Assert.True(
                    problems.Length > 0 && problems.All(problem => problem.StartsWith(member, StringComparison.Ordinal)),
                    $"{member} = {wrong}: {string.Join(", ", problems)}");
            }
        }
    }

    [Fact]
    public async Task All_errors_are_reported_at_once()
    {
        using var response = await SubmitAsync("""
            {"patient":{"nhsNumber":"9434765918","birthDate":"2999-01-01","age":44},"service":"a b","priority":"SOON","reason":" ",
             "snomed":["22298007","22298006","22298006"],
             "attachments":["x"],"letter":null,"pathwayStart":"2001-01-01T00:00:00Z","referringClinician":"021600556514","Priority":"URGENT","a/b~c":1}
            """u8.ToArray());

        Assert.Equal(
            [
                "/Priority UNEXPECTED_FIELD", "/attachments/0 INVALID_VALUE", "/a~1b~0c UNEXPECTED_FIELD", "/letter INVALID_VALUE",
                "/pathwayStart INVALID_VALUE",
                "/patient/age UNEXPECTED_FIELD", "/patient/birthDate INVALID_VALUE", "/patient/nhsNumber INVALID_VALUE", "/priority INVALID_CODE",
                "/reason MISSING_VALUE",
                "/referringClinician FIELD_NOT_PERMITTED", "/service INVALID_VALUE", "/snomed/0 INVALID_VALUE", "/snomed/2 INVALID_VALUE",
            ],
            Problems.In(await response.ProblemAsync(422)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_body_that_is_not_a_strict_JSON_object_in_UTF_8_is_rejected_as_unreadable()
    {
        byte[][] bodies =
        [
            [], " "u8.ToArray(), "null"u8.ToArray(), "[]"u8.ToArray(), "\"text\""u8.ToArray(), "1"u8.ToArray(), "{}{}"u8.ToArray(), "{},"u8.ToArray(),
            "{'a':1}"u8.ToArray(), "{a:1}"u8.ToArray(), "{\"a\":1,}"u8.ToArray(), "{\"a\":01}"u8.ToArray(), "{\"a\":NaN}"u8.ToArray(), "{/* */}"u8.ToArray(),
            Encoding.Unicode.GetBytes(Valid), Encoding.UTF32.GetBytes(Valid),
            [.. Encoding.UTF8.GetBytes(Valid), 0], [0, .. Encoding.UTF8.GetBytes(Valid)],
            "{\"a\":\"\u0001\"}"u8.ToArray(), [.. "{\"a\":\""u8, 0xFF, .. "\"}"u8], [.. "{\"a\":\""u8, 0xC0, 0xAF, .. "\"}"u8],
            [.. "{\"a\":\""u8, 0xED, 0xA0, 0x80, .. "\"}"u8],
            "{\"a\":\"\\ud800\"}"u8.ToArray(), "{\"\\udc00\":1}"u8.ToArray(), "{\"a\":{\"b\":[\"\\ud800x\"]}}"u8.ToArray(),
            "{\"reason\":\"a\",\"reason\":\"b\"}"u8.ToArray(), "{\"reason\":\"a\",\"\\u0072eason\":\"b\"}"u8.ToArray(),
            "{\"patient\":{\"a\":1,\"a\":1}}"u8.ToArray(),
            Nested("[", "]", 1_000), Nested("{\"a\":", "}", 1_000, "1"), Encoding.UTF8.GetBytes("{\"a\":" + new string('[', 20_000)),
        ];
        foreach (var body in bodies)
        {
            using var response = await SubmitAsync(body);
            await response.ProblemAsync(400);
        }
    }

    [Fact]
    public async Task Huge_numbers_and_names_are_rejected_and_shortened_in_the_problem()
    {
        var name = new string('n', 50_000);
        using var numbers = await SubmitAsync(Encoding.UTF8.GetBytes($$"""{"service":{{new string('9', 40_000)}},"reason":1e999999999}"""));
        using var names = await SubmitAsync(Encoding.UTF8.GetBytes($$"""{"{{name}}":1}"""));

        await numbers.ProblemAsync(422);
        Assert.True((await names.ProblemAsync(422)).ToJsonString().Length < 2_000);
    }

    [Fact]
    public async Task A_problem_can_name_a_member_that_is_shortened_within_a_surrogate_pair()
    {
        var name = new string('n', 63) + "\U0001F600";
        using var member = await SubmitAsync(Encoding.UTF8.GetBytes($$"""{"{{name}}":1}"""));
        using var query = await _app.GetAsync(Sample.ReferringClinician, $"/v1/worklists/AWAITING_BOOKING?{Uri.EscapeDataString(name)}=1");

        await member.ProblemAsync(422);
        await query.ProblemAsync(400);
    }

    [Fact]
    public async Task A_body_has_at_most_64_kilobytes()
    {
        using var fits = await SubmitAsync(Padded(BodyLimit));
        using var tooLong = await SubmitAsync(Padded(BodyLimit + 1));

        Assert.Equal(202, (int)fits.StatusCode);
        await tooLong.ProblemAsync(413);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/jsonp")]
    [InlineData(";")]
    public async Task Only_JSON_in_UTF_8_is_accepted(string? contentType)
    {
        using var response = await SubmitAsync(Encoding.UTF8.GetBytes(Valid), contentType);

        await response.ProblemAsync(415);
    }

    [Fact]
    public async Task Any_mutated_submission_is_either_accepted_and_processed_or_rejected_with_a_problem()
    {
        var valid = Encoding.UTF8.GetBytes(Valid);
        var accepted = new List<string>();
        var places = Gen.Choose(0, valid.Length - 1);
        var pieces = Gen.Elements("", "\0", "\"", "\\", "{", "}", "[", "]", ",", ":", "null", "1e99", "\\ud800", "é", "\u202E", "9", "-", " ", "\n", "true");
        var mutations = places.SelectMany(at => Gen.Choose(0, 4).SelectMany(removed => pieces.Select(piece => (at, removed, piece))));
        Prop.ForAll(
            Gen.ListOf(mutations).Where(list => list.Count is > 0 and < 4).ToArbitrary(),
            list =>
            {
                var body = list.Aggregate(valid, (bytes, mutation) => Mutated(bytes, mutation.at, mutation.removed, mutation.piece));
                using var response = SubmitAsync(body).GetAwaiter().GetResult();
                if ((int)response.StatusCode == 202) accepted.Add((string)response.JsonAsync().GetAwaiter().GetResult()["ubrn"]!);
                else response.ProblemAsync().GetAwaiter().GetResult();
                return (int)response.StatusCode is 202 or 400 or 413 or 415 or 422;
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

        await _app.DrainAsync();
        var listed = await _app.ListedAsync(Sample.ReferringClinician, Worklist.AwaitingBooking);
        Assert.NotEmpty(accepted);
        Assert.All(accepted, ubrn => Assert.Single(listed, ubrn));
    }

    [Theory]
    [InlineData("POST", "/", 405)]
    [InlineData("GET", "/v1", 404)]
    [InlineData("GET", "/v1/referrals", 405)]
    [InlineData("DELETE", "/v1/referrals/123456789012", 405)]
    [InlineData("PUT", "/v1/referrals", 405)]
    [InlineData("PATCH", "/v1/services/50001", 405)]
    [InlineData("HEAD", "/v1/worklists", 401)]
    [InlineData("OPTIONS", "/v1/referrals", 204)]
    [InlineData("TRACE", "/v1/referrals", 405)]
    [InlineData("PROPFIND", "/v1/referrals", 404)]
    [InlineData("POST", "/v1/referrals/123456789012/explode", 404)]
    [InlineData("GET", "/v1/referrals/123456789012/../../status/x", 404)]
    [InlineData("GET", "/admin/functions", 404)]
    [InlineData("GET", "/.env", 404)]
    public async Task A_404_reveals_nothing_about_the_service(string method, string path, int expected)
    {
        var (status, answer) = await RawHttp.SendAsync(_app.Local.HttpAddress, $"{method} {path} HTTP/1.1");

        Assert.Equal(expected, status);
        Problems.AssertTellsNothing(answer);
    }

    [Fact]
    public async Task A_malformed_path_or_query_is_rejected_with_400_or_404()
    {
        string[] paths =
        [
            "/v1/referrals/%2e%2e%2fstatus", "/v1/referrals/..%2f..%2f", "/v1/referrals/1234%2F5678", "/v1/referrals/%5c", "/v1/referrals/123456789012%00",
            "/v1/referrals/%",
            "/v1/referrals/%zz", "/v1/referrals/%ff%fe", "/v1/referrals/%E2%80%AE123456789012", "/v1/referrals/" + new string('1', 7_000), "/v1/referrals/-1",
            "/v1/referrals/1e11",
            "/v1/referrals/%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96%EF%BC%97%EF%BC%98%EF%BC%99%EF%BC%90%EF%BC%91%EF%BC%92",
            "/v1/referrals/123456789012'%20or%201%20eq%201", "/v1/referrals/999999999999/history", "/v1/referrals/%20/history",
            "/v1/worklists/referrals_for_review",
            "/v1/worklists/0", "/v1/worklists/" + new string('A', 7_000), "/v1/worklists/REFERRALS_FOR_REVIEW%00",
            "/v1/worklists/REFERRALS_FOR_REVIEW%2Fchanges",
            "/v1/worklists/REFERRALS_FOR_REVIEW?limit=" + new string('9', 5_000), "/v1/worklists/REFERRALS_FOR_REVIEW?limit=1&limit=2",
            "/v1/worklists/REFERRALS_FOR_REVIEW?limit",
            "/v1/worklists/REFERRALS_FOR_REVIEW?%00=%00", "/v1/worklists/REFERRALS_FOR_REVIEW?cursor=%ff", "/v1/worklists/REFERRALS_FOR_REVIEW?&&&=&",
            "/v1/worklists/REFERRALS_FOR_REVIEW?clinician='",
            "/v1/worklists/REFERRALS_FOR_REVIEW/changes", "/v1/worklists/REFERRALS_FOR_REVIEW/changes?since=",
            "/v1/worklists/REFERRALS_FOR_REVIEW/changes?since=" + new string('A', 6_000),
            "/v1/services/%27", "/v1/services/" + new string('1', 7_000), "/v1/services/..",
            "/v1/services?" + string.Join('&', Enumerable.Range(0, 1_000).Select(number => $"q{number}=1")),
            "/v1/attachments/%2e%2e", "/v1/attachments/" + new string('a', 7_000), $"/v1/attachments/{Letter}%00", $"/v1/attachments/%7B{Letter}%7D",
            $"/v1/attachments/{Letter}/status",
        ];
        foreach (var path in paths)
        {
            var (status, answer) = await RawHttp.SendAsync(_app.Local.HttpAddress, $"GET {path} HTTP/1.1\n{await HeadersAsync(Sample.ProviderClinician)}");
            Assert.True(status is 400 or 404, $"{status} for {path}");
            Problems.AssertTellsNothing(answer);
        }
    }

    [Fact]
    public async Task An_invented_cursor_is_rejected()
    {
        using var page = await _app.GetAsync(Sample.ReferringClinician, "/v1/worklists/AWAITING_BOOKING?limit=1");
        var changes = (string)(await page.JsonAsync())["changes"]!;
        var texts = new[]
        {
            "c1 999999999999 0 1900000000", "c1 0 0 0", "c1 0 2147483647 1900000000", "c1 0 2147483647 253402300799", "c1 0 99999999999 0", "c1 -1 0 0",
            "c1 1 0", "c1  0 0 0", "c2 0 0 0",
            "l1 x c1 0 0 0", "l1 ' c1 0 0 0", "l1 e:~~~ c1 0 0 1900000000", "l1 / c1 0 0 0", "l1 # c1 0 0 0", "l1  c1 0 0 0", "l1 c1 c1 c1 0 0 0", "'", "",
            "50001", "1' or '1' eq '1",
        };
        var cursors = texts.Select(text => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(text)))
            .Concat(Enumerable.Range(0, changes.Length).Select(at => changes[..at]))
            .Concat(Enumerable.Range(0, changes.Length).Select(at => $"{changes[..at]}A{changes[(at + 1)..]}"))
            .Where(cursor => cursor != changes);
        foreach (var cursor in cursors)
        {
            string[] paths =
            [
                $"/v1/worklists/AWAITING_BOOKING?cursor={cursor}",
                $"/v1/worklists/AWAITING_BOOKING/changes?since={cursor}",
                $"/v1/services?cursor={cursor}",
            ];
            foreach (var path in paths)
            {
                using var response = await _app.GetAsync(Sample.ReferringClinician, path);
                Assert.True((int)response.StatusCode is 400 or 410, $"{(int)response.StatusCode} for {path}");
                await response.ProblemAsync();
            }
        }
    }

    [Theory]
    [InlineData("If-Match: ")]
    [InlineData("If-Match: *")]
    [InlineData("If-Match: \"1\"")]
    [InlineData("If-Match: W/\"-1\"")]
    [InlineData("If-Match: W/\"99999999999999999999\"")]
    [InlineData("If-Match: W/\"1\", W/\"2\"")]
    [InlineData("If-Match: W/\"1\"\nIf-Match: W/\"2\"")]
    [InlineData("If-Match: W/\"")]
    [InlineData("If-Match: W/\"\"")]
    public async Task A_malformed_If_Match_version_is_rejected(string header)
    {
        var (status, answer) = await RawHttp.SendAsync(
            _app.Local.HttpAddress,
            $"POST /v1/referrals/123456789012/accept HTTP/1.1\n{await HeadersAsync(Sample.ProviderClinician)}\n{header}\nContent-Type: "
                + "application/json\nContent-Length: 2",
            "{}"u8.ToArray());

        Assert.Equal(400, status);
        Problems.AssertTellsNothing(answer);
    }

    [Theory]
    [InlineData("GET {path} HTTP/1.1\nHost: ")]
    [InlineData("GET {path} HTTP/1.1\nHost: exa mple")]
    [InlineData("GET {path} HTTP/1.1\nHost: [::1")]
    [InlineData("GET {path} HTTP/1.1\nHost: example:999999")]
    [InlineData("GET {path} HTTP/1.1\nHost: example:")]
    [InlineData("GET {path} HTTP/1.1\nHost: %00")]
    [InlineData("GET {path} HTTP/1.1\nHost: -._~")]
    [InlineData("GET {path} HTTP/1.1\nHost: a\nHost: b")]
    [InlineData("GET {path} HTTP/1.1")]
    [InlineData("GET {path} HTTP/1.0")]
    [InlineData("GET {path} HTTP/9.9\nHost: a")]
    [InlineData("GET http://example.org{path} HTTP/1.1\nHost: example.org")]
    [InlineData("GET http://[{path} HTTP/1.1\nHost: a")]
    [InlineData("GET  HTTP/1.1\nHost: a")]
    [InlineData("OPTIONS * HTTP/1.1\nHost: a")]
    [InlineData("CONNECT example.org:443 HTTP/1.1\nHost: example.org:443")]
    [InlineData("nonsense")]
    public async Task Any_request_line_and_host_get_a_proper_response(string head)
    {
        var line = head.Replace("{path}", "/v1/worklists/REFERRALS_FOR_REVIEW?limit=1", StringComparison.Ordinal);
        var request = $"{line}\n{await HeadersAsync(Sample.ProviderClinician)}\nConnection: close\n\n";
        var (status, answer) = await RawHttp.SendAsync(_app.Local.HttpAddress, Encoding.Latin1.GetBytes(request.ReplaceLineEndings("\r\n")));

        Assert.True(status is 200 or 204 or (>= 400 and < 500) or 505, $"{status}");
        Assert.DoesNotContain("Exception", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("k\u00c3\u00a9y")]
    [InlineData("kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk")]
    public async Task An_idempotency_key_has_at_most_128_visible_ASCII_characters(string key)
    {
        var body = Encoding.UTF8.GetBytes(Valid);
        var (status, answer) = await RawHttp.SendAsync(
            _app.Local.HttpAddress,
            $"POST /v1/referrals HTTP/1.1\n{await HeadersAsync(Sample.ReferringClinician)}\nIdempotency-Key: {key}\nContent-Type: "
                + $"application/json\nContent-Length: {body.Length}",
            body);

        Assert.Equal(400, status);
        Problems.AssertTellsNothing(answer);
    }

    [Theory]
    [InlineData("X-Huge: {40000}")]
    [InlineData("Authorization: Bearer {40000}")]
    [InlineData("X-Correlation-ID: {40000}")]
    [InlineData("Content-Length: -1")]
    [InlineData("Content-Length: 1\nContent-Length: 2")]
    [InlineData("Content-Length: 99999999999999999999")]
    [InlineData("Transfer-Encoding: nonsense")]
    [InlineData("Bad Header: x")]
    [InlineData("X-Nul: a\0b")]
    public async Task A_request_that_violates_HTTP_is_rejected(string header)
    {
        var (status, answer) = await RawHttp.SendAsync(
            _app.Local.HttpAddress, $"POST /v1/referrals HTTP/1.1\n{header.Replace("{40000}", new string('x', 40_000), StringComparison.Ordinal)}");

        Assert.InRange(status, 400, 499);
        Problems.AssertTellsNothing(answer);
    }

    [Theory]
    [InlineData("trace-42/abc:{}<>\"'", true)]
    [InlineData("x", true)]
    [InlineData("a b", true)]
    [InlineData("Ward 7: round of Monday (2)", true)]
    [InlineData("", false)]
    [InlineData("a\tb", false)]
    [InlineData("caf\u00c3\u00a9", false)]
    [InlineData("one, two", true)]
    [InlineData("one,two,", true)]
    public async Task A_safe_correlation_id_is_echoed_and_an_unsafe_one_is_replaced(string sent, bool echoed)
    {
        var (_, answer) = await RawHttp.SendAsync(_app.Local.HttpAddress, $"GET /v1/worklists HTTP/1.1\nX-Correlation-ID: {sent}");

        var answered = HeaderIn(answer, "X-Correlation-ID");
        Assert.Equal(echoed, answered == sent);
        Assert.True(echoed || Guid.TryParse(answered, out _));
        Assert.DoesNotContain("<", answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/worklists")]
    [InlineData("/referrals/FHIR/STU3/ReferralRequest/000000070000")]
    public async Task A_correlation_id_with_an_NHS_number_is_refused_and_not_echoed(string path)
    {
        using var response = await _app.GetAsync(Sample.ProviderClinician, path, ("X-Correlation-ID", "patient 943 476 5919"));

        Assert.Equal(400, (int)response.StatusCode);
        Assert.True(Guid.TryParse(response.Headers.GetValues("X-Correlation-ID").Single(), out _));
        Assert.DoesNotContain("943", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_correlation_id_has_at_most_128_characters_and_the_request_id_is_never_the_callers()
    {
        var longest = new string('c', 128);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/_ping");
        request.Headers.Add("X-Correlation-ID", longest);
        request.Headers.Add("X-Request-ID", "mine");
        using var response = await _app.Http.SendAsync(request);
        using var longer = new HttpRequestMessage(HttpMethod.Get, "/_ping");
        longer.Headers.Add("X-Correlation-ID", longest + "c");
        using var replaced = await _app.Http.SendAsync(longer);

        Assert.Equal(longest, response.Headers.GetValues("X-Correlation-ID").Single());
        Assert.NotEqual("mine", response.Headers.GetValues("X-Request-ID").Single());
        Assert.True(Guid.TryParse(replaced.Headers.GetValues("X-Correlation-ID").Single(), out _));
    }

    [Theory]
    [InlineData("accept", """{"comments":1,"priority":"SOON","colour":"red"}""", "/comments INVALID_VALUE, /priority INVALID_CODE, /colour UNEXPECTED_FIELD")]
    [InlineData("accept", """{"comments":null}""", "/comments INVALID_VALUE")]
    [InlineData("return", """{}""", "/comments MISSING_VALUE")]
    [InlineData("return", """{"comments":"\u0000"}""", "/comments MISSING_VALUE")]
    [InlineData("return", """{"comments":"a","priority":"URGENT"}""", "/priority UNEXPECTED_FIELD")]
    public async Task A_command_body_is_checked_as_strictly_as_a_submission(string command, string body, string problems)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _app.PostAsync(Sample.ProviderClinician, $"/v1/referrals/123456789012/{command}", content, ("If-Match", "W/\"1\""));

        Assert.Equal(problems, string.Join(", ", Problems.In(await response.ProblemAsync(422))));
    }

    [Fact]
    public async Task A_null_is_to_be_left_out_only_where_the_member_may_be_missing()
    {
        using var content = new StringContent("""{"comments":null,"reason":null}""", Encoding.UTF8, "application/json");
        using var response = await _app.PostAsync(Sample.ProviderClinician, "/v1/referrals/123456789012/cancel", content, ("If-Match", "W/\"1\""));

        var messages = (await response.ProblemAsync(422))["errors"]!.AsArray().Select(error => error!["message"]!.GetValue<string>());
        Assert.Equal(["'comments' must not be null. Omit it instead.", "'reason' must not be null."], messages);
    }

    [Theory]
    [InlineData("W/\"01\"")]
    [InlineData("W/\"+1\"")]
    [InlineData("W/\" 1\"")]
    [InlineData("w/\"1\"")]
    [InlineData("\"1\"")]
    [InlineData("W/\"\"")]
    [InlineData("W/\"")]
    [InlineData("*")]
    [InlineData("1")]
    public async Task An_ETag_that_the_service_never_sends_is_not_taken_for_a_version(string tag)
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        using var command = await _app.PostAsync(Sample.ProviderClinician, $"/v1/referrals/{ubrn}/accept", new JsonObject(), ("If-Match", tag));
        using var service = await _app.SendAsync(
            new Actor("000000000101", Sample.Provider, Role.ServiceDefiner), HttpMethod.Put, "/v1/services/999001", JourneySteps.TriageService(Sample.Provider),
            ("If-Match", tag));

        Assert.Equal(["If-Match INVALID_VALUE"], Problems.In(await command.ProblemAsync(400)));
        Assert.Equal(["If-Match INVALID_VALUE"], Problems.In(await service.ProblemAsync(400)));
    }

    private async Task<HttpResponseMessage> SubmitAsync(byte[] body, string? contentType = "application/json")
    {
        using var content = new ByteArrayContent(body);
        if (contentType is not null) content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        using var request = await _app.RequestAsync(Sample.ReferringClinician, HttpMethod.Post, "/v1/referrals", content);
        return await _app.Http.SendAsync(request);
    }

    private async Task<string> HeadersAsync(Actor actor)
    {
        using var request = await _app.RequestAsync(actor, HttpMethod.Get, "/");
        return string.Join('\n', request.Headers.Select(header => $"{header.Key}: {header.Value.Single()}"));
    }

    private static byte[] Padded(int length) => Encoding.UTF8.GetBytes(Valid.PadRight(length));

    private static byte[] Nested(string open, string close, int depth, string inside = "") =>
        Encoding.UTF8.GetBytes($"{{\"a\":{string.Concat(Enumerable.Repeat(open, depth))}{inside}{string.Concat(Enumerable.Repeat(close, depth))}}}");

    private static byte[] Mutated(byte[] bytes, int at, int removed, string piece)
    {
        at = Math.Min(at, bytes.Length);
        return [.. bytes[..at], .. Encoding.UTF8.GetBytes(piece), .. bytes[Math.Min(at + removed, bytes.Length)..]];
    }

    private static string HeaderIn(string answer, string name) => answer.Split("\r\n")
        .Single(line => line.StartsWith($"{name}: ", StringComparison.OrdinalIgnoreCase))[(name.Length + 2)..];
}
