using System.Globalization;
using System.Text.Json.Nodes;
using EReferrals.Local.Azurite;
using EReferrals.Referrals.Organisations;
using EReferrals.Services;
using EReferrals.Storage;
using EReferrals.Storage.Tables;
using EReferrals.Tests.Ers;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Operations;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Services;

/// <summary>Services of an organisation that the settings do not trust.</summary>
[Collection(UsesStrictApp.Name)]
public sealed class DirectoryApprovalTests(StrictApp strict)
{
    private const string Hospital = "RUH";

    private static readonly Actor Definer = new("000000000111", Hospital, Role.ServiceDefiner);
    private static readonly Actor Clinician = new("000000000112", Hospital, Role.ServiceProviderClinician);
    private static readonly Actor Practice = Sample.ReferringClinician;

    private static int _ids = 79000;

    private readonly RunningApp _app = strict.App;

    [Fact]
    public async Task A_new_service_is_neither_found_nor_referred_to_before_an_operator_approves_it()
    {
        var id = await DefinedAsync();

        using var stranger = await _app.GetAsync(Practice, $"/v1/services/{id}");
        using var history = await _app.GetAsync(Practice, $"/v1/services/{id}/history");
        using var refused = await _app.PostAsync(Practice, "/v1/referrals", JourneySteps.Submission(service: id));
        var before = await FoundAsync(Practice, "provider=RUH");
        using var approved = await DecideAsync(id, "approve", version: 1);

        Assert.Equal((404, 404), ((int)stranger.StatusCode, (int)history.StatusCode));
        Assert.Equal(["/service REFERENCE_NOT_FOUND"], Problems.In(await refused.ProblemAsync(422)));
        Assert.DoesNotContain(id, before);
        Assert.Equal((200, "W/\"2\""), ((int)approved.StatusCode, approved.Headers.ETag!.ToString()));
        Assert.Contains(id, await FoundAsync(Practice, "provider=RUH"));
        await _app.SubmitAsync(Practice, JourneySteps.Submission(service: id));
    }

    [Fact]
    public async Task A_changed_fax_number_is_shown_after_approval_and_the_approved_one_until_then()
    {
        var id = await ApprovedAsync(fax: "0113 1");

        using var changed = await PutAsync(id, Service(fax: "0999 9"), version: 2);
        var asEverybody = await ReadAsync(Practice, id);
        var asDefiner = await ReadAsync(Definer, id);
        var asOperator = await ReadAsync(Sample.Operator, id);
        await _app.SubmitAsync(Practice, JourneySteps.Submission(service: id));
        using var approved = await DecideAsync(id, "approve", version: 3);

        Assert.Equal((200, "0113 1", null), ((int)changed.StatusCode, (string?)asEverybody["fax"], asEverybody["approval"]));
        foreach (var seen in new[] { asDefiner, asOperator })
        {
            Assert.Equal(("0999 9", "PENDING", "0113 1"),
                ((string?)seen["fax"], (string?)seen["approval"]!["status"], (string?)seen["approval"]!["approved"]!["fax"]));
        }

        Assert.Equal("0999 9", (string?)(await ReadAsync(Practice, id))["fax"]);
        Assert.Null((await ReadAsync(Definer, id))["approval"]);
    }

    [Fact]
    public async Task That_a_service_closes_takes_effect_at_once_while_its_new_name_waits()
    {
        var id = await ApprovedAsync();
        var closed = Service(name: "Another name");
        closed["open"] = false;
        using var changed = await PutAsync(id, closed, version: 2);

        var seen = await ReadAsync(Practice, id);

        Assert.Equal((false, "Clinic of its own"), ((bool)seen["open"]!, (string?)seen["name"]));
    }

    [Fact]
    public async Task A_rejected_change_leaves_what_was_approved_and_tells_its_provider_why()
    {
        var id = await ApprovedAsync();
        using var changed = await PutAsync(id, Service(name: "Leeds General Infirmary"), version: 2);
        using var rejected = await DecideAsync(id, "reject", version: 3, new JsonObject { ["reason"] = "This is not your name." });
        using var again = await DecideAsync(id, "approve", version: 4);
        var seen = await ReadAsync(Definer, id);

        Assert.Equal(200, (int)rejected.StatusCode);
        Assert.Equal(["INVALID_REQUEST_STATE"], Problems.In(await again.ProblemAsync(422)).Select(problem => problem.Trim()));
        Assert.Equal(("REJECTED", "This is not your name."), ((string?)seen["approval"]!["status"], (string?)seen["approval"]!["comments"]));
        Assert.Equal("Clinic of its own", (string?)(await ReadAsync(Practice, id))["name"]);
    }

    [Fact]
    public async Task Operators_list_what_waits_and_a_provider_lists_its_own()
    {
        var id = await DefinedAsync();
        var other = Definer with { Organisation = "RXX" };

        Assert.Contains(id, await FoundAsync(Sample.Operator, "status=PENDING&limit=1000"));
        Assert.Contains(id, await FoundAsync(Definer, "status=PENDING"));
        Assert.Empty(await FoundAsync(other, "status=PENDING"));
        Assert.Empty(await FoundAsync(Practice, "status=PENDING"));
        using var approved = await DecideAsync(id, "approve", version: 1);
        Assert.DoesNotContain(id, await FoundAsync(Sample.Operator, "status=PENDING&limit=1000"));
    }

    [Fact]
    public async Task The_history_has_every_version_with_its_actor_and_shows_others_only_what_they_could_see()
    {
        var id = await ApprovedAsync(fax: "0113 1");
        using var changed = await PutAsync(id, Service(fax: "0999 9"), version: 2);
        using var rejected = await DecideAsync(id, "reject", version: 3, new JsonObject { ["reason"] = "Unknown number." });

        var whole = await HistoryAsync(Definer, id);
        var shown = await HistoryAsync(Practice, id);

        Assert.Equal(
            ["1 CREATED RUH PENDING 0113 1", "2 APPROVED R69 APPROVED 0113 1", "3 CHANGED RUH PENDING 0999 9", "4 REJECTED R69 REJECTED 0999 9"],
            whole.Select(version =>
                $"{version["version"]} {version["what"]} {version["by"]!["organisation"]} {version["status"]} {version["service"]!["fax"]}"));
        Assert.Equal(
            ["2 APPROVED R69  0113 1"],
            shown.Select(version =>
                $"{version["version"]} {version["what"]} {version["by"]!["organisation"]} {version["by"]!["user"]} {version["service"]!["fax"]}"));
    }

    [Fact]
    public async Task The_audit_has_the_old_and_the_new_values_of_a_change_and_of_its_approval()
    {
        var id = await ApprovedAsync(fax: "0113 1");
        var correlation = Guid.NewGuid().ToString();
        using var changed = await _app.SendAsync(
            Definer, HttpMethod.Put, $"/v1/services/{id}", Service(fax: "0999 9"), ("If-Match", "W/\"2\""), ("X-Correlation-ID", correlation));

        var entry = Assert.Single(await _app.TrailAsync(correlation));

        Assert.Equal(
            ("SERVICE_CHANGED", id, "0113 1", "0999 9", Definer.User),
            ((string?)entry["what"], (string?)entry["service"], (string?)entry["serviceBefore"]!["fax"], (string?)entry["serviceAfter"]!["fax"],
                (string?)entry["user"]));
    }

    [Fact]
    public async Task A_decision_or_a_definition_that_is_sent_again_is_done_once_and_one_on_an_old_version_is_refused()
    {
        var id = await ApprovedAsync();
        using var changed = await PutAsync(id, Service(name: "New name"), version: 2);
        using var changedAgain = await PutAsync(id, Service(name: "New name"), version: 2);
        using var old = await DecideAsync(id, "approve", version: 2);
        using var blind = await _app.PostAsync(Sample.Operator, $"/v1/services/{id}/approve", new JsonObject());
        using var approved = await DecideAsync(id, "approve", version: 3);
        using var again = await DecideAsync(id, "approve", version: 3);
        var another = Sample.Operator with { User = "000000000199" };
        using var late = await _app.PostAsync(another, $"/v1/services/{id}/approve", new JsonObject(), ("If-Match", "W/\"3\""));

        Assert.Equal("W/\"3\"", changedAgain.Headers.ETag!.ToString());
        await old.ProblemAsync(409);
        await blind.ProblemAsync(428);
        Assert.Equal((200, 200, "W/\"4\""), ((int)approved.StatusCode, (int)again.StatusCode, again.Headers.ETag!.ToString()));
        await late.ProblemAsync(409);
        Assert.Equal(4, (await HistoryAsync(Definer, id)).Count);
    }

    [Fact]
    public async Task A_withdrawn_service_is_neither_found_nor_referred_to_its_referrals_go_on_and_approving_it_again_shows_it()
    {
        var id = await ApprovedAsync();
        var ubrn = await _app.SubmitAsync(Practice, JourneySteps.Submission(service: id));
        await _app.DrainAsync();
        var reason = new JsonObject { ["reason"] = "It was approved by mistake." };
        using var silent = await DecideAsync(id, "withdraw", version: 2);
        using var withdrawn = await DecideAsync(id, "withdraw", version: 2, reason);
        using var again = await DecideAsync(id, "withdraw", version: 2, reason);
        using var twice = await DecideAsync(id, "withdraw", version: 3, reason);
        strict.Clock.Advance(ServiceDirectory.Fresh);

        using var unseen = await _app.GetAsync(Practice, $"/v1/services/{id}");
        using var history = await _app.GetAsync(Practice, $"/v1/services/{id}/history");
        using var refused = await _app.PostAsync(Practice, "/v1/referrals", JourneySteps.Submission(service: id));
        var found = await FoundAsync(Practice, "provider=RUH");
        var seen = await ReadAsync(Definer, id);
        var listed = await _app.ErsListAsync(Clinician, "REFERRALS_FOR_REVIEW", ErsSteps.OfService(id));
        using var returned = await _app.CommandAsync(Clinician, ubrn, "return", new JsonObject { ["comments"] = "Statins first" }, 1);
        using var approved = await DecideAsync(id, "approve", version: 3);

        Assert.Equal(["/reason MISSING_VALUE"], Problems.In(await silent.ProblemAsync(422)));
        Assert.Equal((200, 200, "W/\"3\""), ((int)withdrawn.StatusCode, (int)again.StatusCode, again.Headers.ETag!.ToString()));
        await twice.ProblemAsync(422);
        Assert.Equal((404, 404), ((int)unseen.StatusCode, (int)history.StatusCode));
        Assert.Equal(["/service REFERENCE_NOT_FOUND"], Problems.In(await refused.ProblemAsync(422)));
        Assert.DoesNotContain(id, found);
        Assert.Equal(("WITHDRAWN", "It was approved by mistake."), ((string?)seen["approval"]!["status"], (string?)seen["approval"]!["comments"]));
        Assert.Equal([ubrn], listed);
        Assert.Equal((200, 200), ((int)returned.StatusCode, (int)approved.StatusCode));
        Assert.Contains(id, await FoundAsync(Practice, "provider=RUH"));
        Assert.Equal(
            ["1 CREATED", "2 APPROVED", "3 WITHDRAWN", "4 APPROVED"],
            (await HistoryAsync(Definer, id)).Select(version => $"{version["version"]} {version["what"]}"));
    }

    [Fact]
    public async Task A_trusted_organisation_does_not_show_a_withdrawn_service_again_by_defining_it()
    {
        var (id, trusted) = (NewId(), Definer with { Organisation = Sample.Provider });
        var service = JourneySteps.TriageService(Sample.Provider);
        using var created = await _app.SendAsync(trusted, HttpMethod.Put, $"/v1/services/{id}", service);
        using var withdrawn = await DecideAsync(id, "withdraw", version: 1, new JsonObject { ["reason"] = "A mistake." });
        foreach (var version in new[] { 2, 3 })
        {
            service["name"] = $"Name {version}";
            using var defined = await _app.SendAsync(trusted, HttpMethod.Put, $"/v1/services/{id}", service, ("If-Match", $"W/\"{version}\""));

            Assert.Equal("PENDING", (string?)(await defined.JsonAsync())["approval"]!["status"]);
        }

        using var unseen = await _app.GetAsync(Practice, $"/v1/services/{id}");
        Assert.Equal((200, 404), ((int)withdrawn.StatusCode, (int)unseen.StatusCode));
    }

    [Fact]
    public async Task Instructions_and_a_site_are_shown_after_approval_because_a_fax_number_can_stand_in_them()
    {
        var id = await ApprovedAsync();
        var service = Service();
        service["instructions"] = "Fax urgent letters to 0999 9.";
        service["site"] = "RUH01";
        using var changed = await PutAsync(id, service, version: 2);

        var before = await ReadAsync(Practice, id);
        using var approved = await DecideAsync(id, "approve", version: 3);
        var after = await ReadAsync(Practice, id);

        Assert.Equal((null, null), ((string?)before["instructions"], (string?)before["site"]));
        Assert.Equal(("Fax urgent letters to 0999 9.", "RUH01"), ((string?)after["instructions"], (string?)after["site"]));
    }

    [Fact]
    public async Task Nobody_approves_a_change_of_his_own_after_another_operator_withdrew_the_service()
    {
        var id = await ApprovedAsync();
        var definer = Sample.Operator with { User = Definer.User };
        using var withdrawn = await DecideAsync(id, "withdraw", version: 2, new JsonObject { ["reason"] = "A mistake." });

        using var own = await _app.PostAsync(definer, $"/v1/services/{id}/approve", new JsonObject(), ("If-Match", "W/\"3\""));

        Assert.Equal(200, (int)withdrawn.StatusCode);
        await own.ProblemAsync(403);
    }

    [Fact]
    public async Task Nobody_approves_a_change_of_his_own()
    {
        var id = await DefinedAsync();
        var himself = Sample.Operator with { User = Definer.User };

        using var own = await _app.PostAsync(himself, $"/v1/services/{id}/approve", new JsonObject(), ("If-Match", "W/\"1\""));
        using var stranger = await _app.PostAsync(Definer, $"/v1/services/{id}/approve", new JsonObject(), ("If-Match", "W/\"1\""));

        await own.ProblemAsync(403);
        await stranger.ProblemAsync(403);
    }

    [Fact]
    public async Task Nobody_approves_a_change_of_his_own_behind_a_later_change_of_somebody_else()
    {
        var id = await ApprovedAsync();
        using var fax = await PutAsync(id, Service(fax: "0666 6"), version: 2);
        var colleague = Definer with { User = "000000000119" };
        using var name = await _app.SendAsync(
            colleague, HttpMethod.Put, $"/v1/services/{id}", Service(name: "Renamed", fax: "0666 6"), ("If-Match", "W/\"3\""));
        var himself = Sample.Operator with { User = Definer.User };

        using var own = await _app.PostAsync(himself, $"/v1/services/{id}/approve", new JsonObject(), ("If-Match", "W/\"4\""));
        using var others = await DecideAsync(id, "approve", version: 4);

        Assert.Equal((200, 200), ((int)fax.StatusCode, (int)name.StatusCode));
        await own.ProblemAsync(403);
        Assert.Equal(200, (int)others.StatusCode);
    }

    [Fact]
    public async Task Of_an_approval_and_a_change_at_once_one_succeeds_and_nothing_is_approved_that_the_operator_did_not_see()
    {
        var id = await DefinedAsync();

        var outcomes = await Task.WhenAll(
            Task.Run(async () => (int)(await DecideAsync(id, "approve", version: 1)).StatusCode),
            Task.Run(async () => (int)(await PutAsync(id, Service(name: "Slipped in"), version: 1)).StatusCode));

        Assert.Equal([200, 409], outcomes.Order());
        var isApproved = outcomes[0] == 200;
        using var seen = await _app.GetAsync(Practice, $"/v1/services/{id}");
        Assert.Equal(isApproved ? 200 : 404, (int)seen.StatusCode);
        if (isApproved) Assert.Equal("Clinic of its own", (string?)(await seen.JsonAsync())["name"]);
        Assert.Equal(2, (await HistoryAsync(Definer, id)).Count);
    }

    [Fact]
    public async Task A_provider_publishes_slots_of_a_service_that_waits_and_others_do_not_see_them()
    {
        var id = NewId();
        var service = Service();
        service["bookable"] = "DIRECTLY_BOOKABLE";
        using var created = await _app.SendAsync(Definer, HttpMethod.Put, $"/v1/services/{id}", service);
        var slot = new JsonObject
        {
            ["id"] = "a", ["start"] = "2030-01-07T09:00:00Z", ["end"] = "2030-01-07T09:20:00Z", ["priority"] = "URGENT",
        };
        slot["start"] = Instant(strict.Clock.GetUtcNow().AddDays(5));
        slot["end"] = Instant(strict.Clock.GetUtcNow().AddDays(5).AddMinutes(20));

        using var put = await _app.SendAsync(Definer, HttpMethod.Put, $"/v1/services/{id}/slots", new JsonObject { ["slots"] = new JsonArray(slot) });
        using var own = await _app.GetAsync(Definer, $"/v1/services/{id}/slots");
        using var others = await _app.GetAsync(Practice, $"/v1/services/{id}/slots");

        Assert.Equal((200, 200, 404), ((int)put.StatusCode, (int)own.StatusCode, (int)others.StatusCode));
    }

    [Fact]
    public async Task A_service_from_before_approvals_stays_shown_and_its_history_begins_with_it()
    {
        var id = NewId();
        var (table, service) = (_app.Services.GetRequiredService<ServiceTable>(), Sample.TriageService with { Id = id, Provider = Hospital, Fax = "0113 1" });
        await table.CreateAsync(DirectoryEntry.WithoutApproval(service), default);
        // A row as it was saved before: without the status, the change and the versions.
        var rows = _app.Services.GetRequiredService<StorageClients>().ForWriting(TableKeys.Services);
        await rows.DeleteEntityAsync(id, TableKeys.ServiceVersion(id, 1));
        var row = (await rows.GetEntityAsync<Azure.Data.Tables.TableEntity>(id, TableKeys.Service(id))).Value;
        foreach (var column in new[] { "Status", "Approved", "Change" }) row.Remove(column);
        await rows.UpdateEntityAsync(row, Azure.ETag.All, Azure.Data.Tables.TableUpdateMode.Replace);

        var before = await HistoryAsync(Practice, id);
        using var changed = await PutAsync(id, Service(fax: "0999 9"), version: 1);

        Assert.Equal("0113 1", (string?)Assert.Single(before)["service"]!["fax"]);
        Assert.Equal("0113 1", (string?)(await ReadAsync(Practice, id))["fax"]);
        Assert.Equal(["1 ", "2 CHANGED"], (await HistoryAsync(Definer, id)).Select(version => $"{version["version"]} {version["what"]}"));
    }

    [Fact]
    public async Task A_trusted_organisation_needs_no_approval()
    {
        var id = NewId();
        var trusted = Definer with { Organisation = Sample.Provider };
        using var created = await _app.SendAsync(trusted, HttpMethod.Put, $"/v1/services/{id}", JourneySteps.TriageService(Sample.Provider));

        Assert.Equal(201, (int)created.StatusCode);
        Assert.Null((await created.JsonAsync())["approval"]);
        Assert.Equal("Clinic of its own", (string?)(await ReadAsync(Practice, id))["name"]);
    }

    private static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:00'Z'", CultureInfo.InvariantCulture);

    private static string NewId() => Interlocked.Increment(ref _ids).ToString(CultureInfo.InvariantCulture);

    private static JsonObject Service(string name = "Clinic of its own", string? fax = null)
    {
        var service = JourneySteps.TriageService(Hospital);
        service["name"] = name;
        if (fax is not null) service["fax"] = fax;
        return service;
    }

    private async Task<string> DefinedAsync(string? fax = null)
    {
        var id = NewId();
        using var created = await _app.SendAsync(Definer, HttpMethod.Put, $"/v1/services/{id}", Service(fax: fax));
        Assert.Equal((201, "PENDING"), ((int)created.StatusCode, (string?)(await created.JsonAsync())["approval"]!["status"]));
        return id;
    }

    private async Task<string> ApprovedAsync(string? fax = null)
    {
        var id = await DefinedAsync(fax);
        using var approved = await DecideAsync(id, "approve", version: 1);
        Assert.Equal(200, (int)approved.StatusCode);
        return id;
    }

    private Task<HttpResponseMessage> PutAsync(string id, JsonObject service, int version) =>
        _app.SendAsync(Definer, HttpMethod.Put, $"/v1/services/{id}", service, ("If-Match", $"W/\"{version}\""));

    private Task<HttpResponseMessage> DecideAsync(string id, string decision, int version, JsonObject? body = null) =>
        _app.PostAsync(Sample.Operator, $"/v1/services/{id}/{decision}", body ?? [], ("If-Match", $"W/\"{version}\""));

    private async Task<JsonObject> ReadAsync(Actor reader, string id)
    {
        using var response = await _app.GetAsync(reader, $"/v1/services/{id}");
        Assert.Equal(200, (int)response.StatusCode);
        return await response.JsonAsync();
    }

    private async Task<IReadOnlyList<JsonObject>> HistoryAsync(Actor reader, string id)
    {
        using var response = await _app.GetAsync(reader, $"/v1/services/{id}/history");
        Assert.Equal(200, (int)response.StatusCode);
        return [.. (await response.JsonAsync())["versions"]!.AsArray().Select(version => version!.AsObject())];
    }

    private async Task<IReadOnlyList<string>> FoundAsync(Actor reader, string query)
    {
        using var response = await _app.GetAsync(reader, $"/v1/services?{query}");
        Assert.Equal(200, (int)response.StatusCode);
        return [.. (await response.JsonAsync())["services"]!.AsArray().Select(service => (string)service!["id"]!)];
    }
}
