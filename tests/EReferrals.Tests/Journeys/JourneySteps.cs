using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Tests.Journeys;

/// <summary>Steps that the journeys share.</summary>
internal static class JourneySteps
{
    private static readonly string[] AllQueues =
        ["referral-submitted", "worklist-changes", "referral-follow-up", "worklist-snapshots", "attachment-scanned", "audit-pending"];

    private static int _services = 860_000;

    /// <summary>Creates a submission for a patient of its own.</summary>
    /// <param name="key">Submissions with the same key have the same patient, so that a repeat is identical.</param>
    public static JsonObject Submission(string priority = "URGENT", string service = Sample.Service, string? key = null) => new()
    {
        ["patient"] = new JsonObject
        {
            ["nhsNumber"] = key is null ? InventedPatient.NhsNumber() : InventedPatient.NhsNumber(key),
            ["familyName"] = "Jones",
            ["givenName"] = "Ann",
            ["birthDate"] = "1980-02-01",
        },
        ["service"] = service,
        ["priority"] = priority,
        ["reason"] = "Chest pain on exertion",
    };

    public static JsonObject TriageService(string provider) => new()
    {
        ["name"] = "Clinic of its own",
        ["provider"] = provider,
        ["specialty"] = "CARDIOLOGY",
        ["priorities"] = new JsonArray("TWO_WEEK_WAIT", "URGENT", "ROUTINE"),
        ["requestTypes"] = new JsonArray("TRIAGE_REQUEST"),
    };

    /// <summary>Creates a service of this hospital that no other test uses.</summary>
    /// <param name="service">Null: a triage service.</param>
    /// <returns>The service's id.</returns>
    public static async Task<string> DefineServiceAsync(this RunningApp app, string provider, JsonObject? service = null)
    {
        var id = $"{Interlocked.Increment(ref _services)}";
        using var response = await app.SendAsync(
            new Actor("000000000101", provider, Role.ServiceDefiner), HttpMethod.Put, $"/v1/services/{id}", service ?? TriageService(provider));
        Assert.Equal(201, (int)response.StatusCode);
        return id;
    }

    public static async Task<string> SubmitAsync(this RunningApp app, Actor referrer, JsonObject? submission = null, string? key = null)
    {
        (string, string)[] headers = key is null ? [] : [("Idempotency-Key", key)];
        using var response = await app.PostAsync(referrer, "/v1/referrals", submission ?? Submission(key: key), headers);
        Assert.Equal(202, (int)response.StatusCode);
        return (await response.JsonAsync())["ubrn"]!.GetValue<string>();
    }

    public static async Task<JsonObject> JsonAsync(this HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonObject>(JsonSerializerOptions.Web))!;

    /// <summary>Waits until no queue has ready or scheduled messages.</summary>
    public static async Task SettleAsync(this RunningApp app)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        do
        {
            await app.Local.Broker.DeliverScheduledNowAsync();
            await app.Local.DrainAsync(limit.Token);
        }
        while (AllQueues.Any(queue => app.Local.Broker.QueueStatistics(queue).Total > 0));
    }

    /// <summary>
    /// Reads as an honest client does: repeats a read that is refused for the moment (503). On a busy machine a read can take longer than the service allows.
    /// </summary>
    /// <param name="live">For five seconds, also repeats a read of a list that was answered from a copy.</param>
    public static async Task<HttpResponseMessage> ReadPatientlyAsync(this RunningApp app, Actor actor, string path, bool live = false)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var liveLimit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        while (true)
        {
            var response = await app.GetAsync(actor, path);
            var isRefused = response.StatusCode == HttpStatusCode.ServiceUnavailable && !limit.IsCancellationRequested;
            var isCopy = live && response.Headers.Age is not null && !liveLimit.IsCancellationRequested;
            if (!isRefused && !isCopy) return response;
            response.Dispose();
        }
    }

    /// <summary>Returns the UBRNs on a list, in its order.</summary>
    public static async Task<IReadOnlyList<string>> ListedAsync(this RunningApp app, Actor actor, Worklist list) =>
        [.. (await app.EntriesAsync(actor, list)).Select(entry => entry["ubrn"]!.GetValue<string>())];

    /// <summary>Returns the entries of all pages of a list, in its order.</summary>
    public static async Task<IReadOnlyList<JsonObject>> EntriesAsync(this RunningApp app, Actor reader, Worklist list)
    {
        var entries = new List<JsonObject>();
        for (string? cursor = null; ;)
        {
            using var response = await app.ReadPatientlyAsync(
                reader, $"/v1/worklists/{Code.From(list)}?limit=1000{(cursor is null ? "" : $"&cursor={cursor}")}", live: true);
            Assert.Equal(200, (int)response.StatusCode);
            var page = await response.JsonAsync();
            entries.AddRange(page["entries"]!.AsArray().Select(entry => entry!.AsObject()));
            cursor = page["next"]?.GetValue<string>();
            if (cursor is null) return entries;
        }
    }

    /// <summary>Sends a command with the version on which it was decided.</summary>
    public static Task<HttpResponseMessage> CommandAsync(
        this RunningApp app, Actor actor, string ubrn, string command, JsonObject body, int version, string? key = null)
    {
        var ifMatch = ("If-Match", $"W/\"{version}\"");
        return app.PostAsync(actor, $"/v1/referrals/{ubrn}/{command}", body, key is null ? [ifMatch] : [ifMatch, ("Idempotency-Key", key)]);
    }

    /// <summary>Sends a command until it gets another response than 503, as a client does: on a busy machine a storage call may time out.</summary>
    public static async Task<HttpResponseMessage> CommandPatientlyAsync(
        this RunningApp app, Actor actor, string ubrn, string command, JsonObject body, int version)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var key = Guid.NewGuid().ToString();
        while (true)
        {
            var response = await app.CommandAsync(actor, ubrn, command, body, version, key);
            if (response.StatusCode != HttpStatusCode.ServiceUnavailable || limit.IsCancellationRequested) return response;
            response.Dispose();
        }
    }

    public static async Task<string> UploadAsync(this RunningApp app, Actor actor, string? ubrn = null)
    {
        using var file = new StringContent($"Dear colleague, {Guid.NewGuid()}", System.Text.Encoding.UTF8, "text/plain");
        (string, string)[] headers = ubrn is null
            ? [("NHSD-eRS-File-Name", "letter.txt")]
            : [("NHSD-eRS-File-Name", "letter.txt"), ("NHSD-eRS-Referral-ID", ubrn)];
        using var response = await app.SendAsync(actor, HttpMethod.Post, "/v1/attachments", file, headers);
        Assert.Equal(201, (int)response.StatusCode);
        return (await response.JsonAsync())["id"]!.GetValue<string>();
    }
}
