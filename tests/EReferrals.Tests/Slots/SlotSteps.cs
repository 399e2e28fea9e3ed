using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using EReferrals.Referrals.Organisations;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Slots;

/// <summary>Steps that the tests of slots share. Each test has a service and a provider of its own.</summary>
internal static class SlotSteps
{
    public static Actor Admin(string provider) => new("000000000101", provider, Role.ServiceProviderAdmin);

    public static Task<string> ServiceAsync(
        this RunningApp app, string provider, string bookable = "DIRECTLY_BOOKABLE", string specialty = "CARDIOLOGY",
        string name = "Clinic of its own")
    {
        var service = JourneySteps.TriageService(provider);
        service["requestTypes"] = new JsonArray("APPOINTMENT_REQUEST", "TRIAGE_REQUEST");
        (service["name"], service["bookable"], service["specialty"]) = (name, bookable, specialty);
        return app.DefineServiceAsync(provider, service);
    }

    public static JsonObject Slot(string? id, int day = 5, int minute = 0, string priority = "URGENT", string? clinician = null)
    {
        var start = DateTimeOffset.UtcNow.Date.AddDays(day).AddHours(9).AddMinutes(minute);
        var slot = new JsonObject { ["start"] = Text(start), ["end"] = Text(start.AddMinutes(20)), ["priority"] = priority };
        if (id is not null) slot["id"] = id;
        if (clinician is not null) slot["clinician"] = clinician;
        return slot;

        static string Text(DateTime instant) => instant.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }

    public static async Task<IReadOnlyList<JsonObject>> PublishAsync(this RunningApp app, string provider, string service, params JsonObject[] slots)
    {
        using var response = await app.PutSlotsAsync(Admin(provider), service, slots);
        Assert.True((int)response.StatusCode == 200, await response.Content.ReadAsStringAsync());
        return [.. (await response.JsonAsync())["slots"]!.AsArray().Select(row => row!.AsObject())];
    }

    public static Task<HttpResponseMessage> PutSlotsAsync(this RunningApp app, Actor actor, string service, params JsonObject[] slots)
    {
        var body = new JsonObject { ["slots"] = new JsonArray([.. slots.Select(slot => slot.DeepClone())]) };
        return app.SendAsync(actor, HttpMethod.Put, $"/v1/services/{service}/slots", body);
    }

    /// <summary>Returns every slot of a service as a line of id, status and referral, as its provider sees it.</summary>
    public static async Task<IReadOnlyList<string>> SlotsAsync(this RunningApp app, string provider, string service)
    {
        using var response = await app.GetAsync(Admin(provider), $"/v1/services/{service}/slots?limit=1000");
        Assert.Equal(200, (int)response.StatusCode);
        return [.. (await response.JsonAsync())["slots"]!.AsArray().Select(slot => $"{slot!["id"]} {slot["status"]} {slot["ubrn"]}".TrimEnd())];
    }

    /// <summary>Submits a referral that has chosen services and booked nothing. Its version is 3.</summary>
    public static async Task<string> ShortlistedAsync(this RunningApp app, Actor practice, params string[] services)
    {
        var submission = JourneySteps.Submission(service: services[0]);
        submission["letter"] = "NOT_INTENDING_TO_ADD";
        var ubrn = await app.SubmitAsync(practice, submission);
        await Eventually.TrueAsync(async () =>
        {
            using var read = await app.GetAsync(practice, $"/v1/referrals/{ubrn}");
            return read.StatusCode == HttpStatusCode.OK;
        });
        // Only a referral that came back, or a deferred one, can be given a shortlist.
        var provider = Sample.ProviderClinician with { Organisation = await app.ProviderAsync(practice, ubrn) };
        Assert.Equal(200, await app.ChangeAsync(provider, ubrn, "return", new JsonObject { ["comments"] = "Choose a slot" }, 1));
        var choice = new JsonObject
        {
            ["shortlist"] = new JsonArray([.. services.Select(service => JsonValue.Create(service))]),
            ["priority"] = "URGENT",
            ["letter"] = "NOT_INTENDING_TO_ADD",
        };
        Assert.Equal(200, await app.ChangeAsync(practice, ubrn, "shortlist", choice, 2));
        return ubrn;
    }

    /// <summary>
    /// Sends a command and returns the status of its answer. A busy machine may answer 429 or 503; the same request is then repeated, as any client would.
    /// </summary>
    public static async Task<int> ChangeAsync(this RunningApp app, Actor actor, string ubrn, string command, JsonObject body, int version)
    {
        var (key, status) = (Guid.NewGuid().ToString(), 0);
        await Eventually.TrueAsync(async () =>
        {
            using var answer = await app.CommandAsync(actor, ubrn, command, body, version, key);
            status = (int)answer.StatusCode;
            return status is not (429 or 503);
        });
        return status;
    }

    public static async Task<JsonObject> ReferralAsync(this RunningApp app, Actor practice, string ubrn)
    {
        using var read = await app.GetAsync(practice, $"/v1/referrals/{ubrn}");
        Assert.Equal(200, (int)read.StatusCode);
        return await read.JsonAsync();
    }

    private static async Task<string> ProviderAsync(this RunningApp app, Actor practice, string ubrn) =>
        (string)(await app.ReferralAsync(practice, ubrn))["service"]!["provider"]!;
}
