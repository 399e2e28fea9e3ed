using System.Text.Json.Nodes;
using EReferrals.Referrals.Organisations;

namespace EReferrals.Tests.Journeys;

[Collection(Journey.Name)]
public class ServiceDirectoryTests(SharedApp shared)
{
    private static readonly Actor Definer = new("000000000101", Sample.Provider, Role.ServiceDefiner);

    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task A_service_is_created_read_and_changed_by_its_version()
    {
        var id = "70001";
        using var created = await PutAsync(id, Service());
        using var repeated = await PutAsync(id, Service());
        using var blind = await PutAsync(id, Service("Other"));
        using var stale = await PutAsync(id, Service("Other"), ("If-Match", "W/\"7\""));
        using var malformed = await PutAsync(id, Service("Other"), ("If-Match", "1"));
        using var changed = await PutAsync(id, Service("Other"), ("If-Match", "W/\"1\""));
        using var late = await PutAsync(id, Service("Third"), ("If-Match", "W/\"1\""));
        using var missing = await PutAsync("70002", Service(), ("If-Match", "W/\"1\""));
        using var read = await _app.GetAsync(Sample.ReferringClinician, $"/v1/services/{id}");
        using var unchanged = await _app.GetAsync(Sample.ReferringClinician, $"/v1/services/{id}", ("If-None-Match", "W/\"2\""));

        Assert.Equal((201, "W/\"1\"", $"/v1/services/{id}"), ((int)created.StatusCode, created.Headers.ETag!.ToString(), created.Headers.Location!.ToString()));
        Assert.Equal((200, "W/\"1\""), ((int)repeated.StatusCode, repeated.Headers.ETag!.ToString()));
        await blind.ProblemAsync(428);
        await stale.ProblemAsync(409);
        await malformed.ProblemAsync(400);
        Assert.Equal((200, "W/\"2\""), ((int)changed.StatusCode, changed.Headers.ETag!.ToString()));
        await late.ProblemAsync(409);
        await missing.ProblemAsync(404);
        Assert.Equal((200, "W/\"2\"", "Other"), ((int)read.StatusCode, read.Headers.ETag!.ToString(), (string)(await read.JsonAsync())["name"]!));
        Assert.Equal(304, (int)unchanged.StatusCode);
    }

    [Fact]
    public async Task Of_two_concurrent_creations_of_a_service_one_succeeds()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(number => PutAsync("70010", Service($"Clinic {number}"))));

        Assert.Equal((1, 5), (answers.Count(answer => (int)answer.StatusCode == 201), answers.Count(answer => (int)answer.StatusCode == 428)));
    }

    [Fact]
    public async Task Only_the_provider_can_define_its_service()
    {
        var another = Definer with { Organisation = "RCD" };
        using var forAnother = await PutAsync("70020", Service(provider: "RCD"));
        using var takeover = await _app.SendAsync(another, HttpMethod.Put, $"/v1/services/{Sample.Service}", Service(provider: "RCD"), ("If-Match", "W/\"1\""));
        using var clinician = await _app.SendAsync(Sample.ProviderClinician, HttpMethod.Put, "/v1/services/70020", Service());

        Assert.Equal(["NHSD-End-User-Organisation-ODS NO_ACCESS"], Problems.In(await forAnother.ProblemAsync(403)));
        await takeover.ProblemAsync(403);
        await clinician.ProblemAsync(403);
    }

    [Fact]
    public async Task A_corrected_birth_date_is_checked_against_the_age_limits_of_the_service()
    {
        var adults = Service();
        adults["ageFrom"] = 18;
        using (await PutAsync("70040", adults))
        {
        }

        var submission = JourneySteps.Submission("URGENT", "70040");
        submission["patient"]!["birthDate"] = "1980-02-01";
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician, submission);
        await _app.DrainAsync();

        var child = await CorrectAsync("2020-02-01", version: 1);
        var adult = await CorrectAsync("1981-02-01", version: 2);

        Assert.Equal("OUTSIDE_SERVICE_LIMITS", (string)Assert.Single(child["problems"]!.AsArray())!["code"]!);
        Assert.Null(adult["problems"]);

        async Task<JsonObject> CorrectAsync(string birthDate, int version)
        {
            var body = new JsonObject { ["nhsNumber"] = "9462979626", ["birthDate"] = birthDate, ["reason"] = "Read wrongly" };
            using var corrected = await _app.CommandAsync(Sample.ReferringClinician, ubrn, "patient", body, version);
            Assert.Equal(200, (int)corrected.StatusCode);
            return (JsonObject)await corrected.JsonAsync();
        }
    }

    [Fact]
    public async Task All_errors_of_a_definition_are_reported_at_once()
    {
        using var empty = await PutAsync("70030", new JsonObject());
        using var wrong = await PutAsync("70030", new JsonObject
        {
            ["id"] = "70031", ["name"] = "", ["provider"] = "r69", ["specialty"] = "Cardiology", ["priorities"] = new JsonArray("SOON"),
            ["requestTypes"] = new JsonArray(), ["ageFrom"] = 90, ["ageTo"] = 10, ["open"] = "yes", ["colour"] = "red",
        });
        using var badId = await PutAsync("seven", Service());

        Assert.Equal(
            ["/name", "/provider", "/specialty", "/priorities", "/requestTypes"],
            Problems.In(await empty.ProblemAsync(422)).Select(problem => problem.Split(' ')[0]));
        Assert.Equal(
            ["/id", "/name", "/provider", "/specialty", "/priorities/0", "/requestTypes", "/ageTo", "/open", "/colour"],
            Problems.In(await wrong.ProblemAsync(422)).Select(problem => problem.Split(' ')[0]));
        await badId.ProblemAsync(400);
    }

    [Fact]
    public async Task A_search_finds_the_matching_open_services()
    {
        // A recent search is cached, and the cached result must not hide the new definition.
        Assert.Empty(await FoundAsync("specialty=PAIN_MANAGEMENT"));
        foreach (var (id, name, specialty, open) in new[]
        {
            ("71001", "One", "PAIN_MANAGEMENT", true), ("71002", "Two", "PAIN_MANAGEMENT", true), ("71003", "Three", "PAIN_MANAGEMENT", false),
            ("71004", "Four", "DERMATOLOGY", true),
        })
        {
            using var put = await PutAsync(id, Service(name, specialty: specialty, open: open));
            put.EnsureSuccessStatusCode();
        }

        Assert.Equal(["71001", "71002"], await FoundAsync("specialty=PAIN_MANAGEMENT"));
        Assert.Equal(["71001", "71002"], await FoundAsync("specialty=PAIN_MANAGEMENT&provider=R69&priority=URGENT&clinicType=CLINIC"));
        Assert.Empty(await FoundAsync("specialty=PAIN_MANAGEMENT&provider=RCD"));
        Assert.Empty(await FoundAsync("specialty=PAIN_MANAGEMENT&priority=TWO_WEEK_WAIT"));
        Assert.Empty(await FoundAsync("specialty=PAIN_MANAGEMENT&clinicType=OTHER"));

        using var first = await _app.GetAsync(Sample.ReferringClinician, "/v1/services?specialty=PAIN_MANAGEMENT&limit=1");
        var page = await first.JsonAsync();
        using var second = await _app.GetAsync(Sample.ReferringClinician, $"/v1/services?specialty=PAIN_MANAGEMENT&limit=1&cursor={page["next"]}");
        Assert.Equal("71002", (string)(await second.JsonAsync())["services"]!.AsArray().Single()!["id"]!);
    }

    [Fact]
    public async Task A_service_moved_to_another_specialty_is_found_under_the_new_specialty_only()
    {
        using var created = await PutAsync("71010", Service(specialty: "OLD_SPECIALTY"));
        Assert.Equal(["71010"], await FoundAsync("specialty=OLD_SPECIALTY"));
        using var moved = await PutAsync("71010", Service(specialty: "NEW_SPECIALTY"), ("If-Match", "W/\"1\""));

        Assert.Empty(await FoundAsync("specialty=OLD_SPECIALTY"));
        Assert.Equal(["71010"], await FoundAsync("specialty=NEW_SPECIALTY"));
    }

    [Fact]
    public async Task An_invalid_query_is_rejected_with_all_errors()
    {
        using var response = await _app.GetAsync(
            Sample.ReferringClinician, "/v1/services?speciality=CARDIOLOGY&limit=0&cursor=%00&priority=SOON&provider=R69&provider=RCD&clinicType=a'b");

        Assert.Equal(
            ["clinicType", "cursor", "limit", "priority", "provider", "speciality"],
            Problems.In(await response.ProblemAsync(400)).Select(problem => problem.Split(' ')[0]).Order());
    }

    [Theory]
    [InlineData("70041", "URGENT", false, "TRIAGE_REQUEST")]
    [InlineData("70042", "TWO_WEEK_WAIT", true, "TRIAGE_REQUEST")]
    [InlineData("70043", "URGENT", true, "ADVICE_AND_GUIDANCE_REQUEST")]
    public async Task A_referral_to_a_service_that_is_closed_or_does_not_take_it_is_rejected(string id, string priority, bool open, string requestType)
    {
        using var put = await PutAsync(id, Service(open: open, requestType: requestType));
        put.EnsureSuccessStatusCode();

        using var response = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission(priority, id));

        Assert.Equal(["/service INAPPROPRIATE_VALUE"], Problems.In(await response.ProblemAsync(422)));
    }

    [Fact]
    public async Task A_referral_outside_the_limits_of_the_service_is_rejected_with_all_errors()
    {
        var submission = JourneySteps.Submission(service: "15000");
        submission["specialty"] = "DERMATOLOGY";
        submission["clinicType"] = "EAR";
        submission["patient"]!["birthDate"] = "2020-02-01";
        using var response = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", submission);

        Assert.Equal(
            ["/specialty INAPPROPRIATE_VALUE", "/clinicType INAPPROPRIATE_VALUE", "/patient/birthDate INAPPROPRIATE_VALUE"],
            Problems.In(await response.ProblemAsync(422)));
    }

    private Task<HttpResponseMessage> PutAsync(string id, JsonObject service, params (string, string)[] headers) =>
        _app.SendAsync(Definer, HttpMethod.Put, $"/v1/services/{id}", service, headers);

    private async Task<IEnumerable<string>> FoundAsync(string query)
    {
        using var response = await _app.GetAsync(Sample.ReferringClinician, $"/v1/services?{query}");
        Assert.Equal(200, (int)response.StatusCode);
        return (await response.JsonAsync())["services"]!.AsArray().Select(service => (string)service!["id"]!);
    }

    private static JsonObject Service(
        string name =
            "Clinic", string provider = Sample.Provider, string specialty = "CARDIOLOGY", bool open = true, string requestType = "TRIAGE_REQUEST") => new()
    {
        ["name"] = name,
        ["provider"] = provider,
        ["specialty"] = specialty,
        ["clinicTypes"] = new JsonArray("CLINIC"),
        ["priorities"] = new JsonArray("URGENT", "ROUTINE"),
        ["requestTypes"] = new JsonArray(requestType),
        ["open"] = open,
    };
}
