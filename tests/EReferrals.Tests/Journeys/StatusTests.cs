using System.Text.Json.Nodes;

namespace EReferrals.Tests.Journeys;

[Collection(UsesStoppableApp.Name)]
public class StatusTests(StoppableApp stoppable)
{
    private readonly RunningApp _app = stoppable.App;

    [Fact]
    public async Task Anonymous_callers_can_check_that_the_process_is_alive()
    {
        foreach (var path in new[] { "/_ping", "/health/live" })
        {
            using var response = await _app.Http.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal((path, 200, "text/plain"), (path, (int)response.StatusCode, response.Content.Headers.ContentType!.MediaType!));
            Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
        }
    }

    [Fact]
    public async Task The_status_reports_every_component_and_every_queue()
    {
        await stoppable.SettleAsync();
        using var response = await StoppableApp.WhenAsync(StatusAsync, answer => answer.IsSuccessStatusCode);
        var status = await response.JsonAsync();

        Assert.Superset(
            new HashSet<string> { "state", "asOf", "components", "queues", "canary", "mode", "messages" },
            status.Select(member => member.Key).ToHashSet());
        Assert.All(status["components"]!.AsArray(), part => Assert.Superset(
            new HashSet<string> { "name", "state", "detail" }, part!.AsObject().Select(member => member.Key).ToHashSet()));
        Assert.Equal(
            ["attachment-scanned", "audit-pending", "dead-letters", "referral-follow-up", "referral-submitted", "worklist-changes", "worklist-snapshots"],
            status["queues"]!.AsArray().Select(queue => (string)queue!["name"]!).Order(StringComparer.Ordinal));
        Assert.All(status["queues"]!.AsArray(), queue => Assert.NotNull((long?)queue!["deadLetters"]));
        Assert.Equal((false, true, true), ((bool)status["mode"]!["readOnly"]!, (bool)status["mode"]!["uploads"]!, (bool)status["mode"]!["booking"]!));
        Assert.Empty(status["messages"]!.AsArray());
    }

    [Fact]
    public async Task The_health_checks_for_NHS_API_monitoring_require_their_key()
    {
        using var without = await _app.Http.GetAsync(new Uri("/_status", UriKind.Relative));
        using var wrong = await MonitorAsync("other");
        using var right = await MonitorAsync("local");

        await without.ProblemAsync(401);
        await wrong.ProblemAsync(401);
        var status = await right.JsonAsync();
        Assert.Equal("pass", (string)status["status"]!);
        var check = status["checks"]!["healthcheckService:status"]!.AsArray().Single()!;
        Assert.Equal(("pass", 200), ((string)check["status"]!, (int)check["responseCode"]!));
    }

    [Fact]
    public async Task A_store_that_is_down_is_named_as_not_ready_while_the_process_stays_alive()
    {
        await using (await stoppable.WithoutContingencyAsync())
        {
            using var ready = await StoppableApp.WhenAsync(() => GetAsync("/health/ready"), response => (int)response.StatusCode == 503);
            var readiness = await ready.JsonAsync();
            Assert.False((bool)readiness["ready"]!);
            Assert.Equal(["snapshots"], StoppableApp.Failing(readiness));
            Assert.True(ready.Headers.RetryAfter?.Delta > TimeSpan.Zero);
            Problems.AssertTellsNothing(readiness.ToJsonString());
            Assert.DoesNotContain("127.0.0.1", readiness.ToJsonString(), StringComparison.Ordinal);

            using var status = await StoppableApp.WhenAsync(
                StatusAsync, response => StoppableApp.Failing(ReportIn(response)).Contains("snapshots"));
            Assert.Equal((200, "degraded"), ((int)status.StatusCode, (string)ReportIn(status)["state"]!));

            using var monitor = await MonitorAsync("local");
            Assert.Equal(("pass", "DEGRADED"), await OutcomeAsync(monitor));
            using var live = await GetAsync("/health/live");
            using var ping = await GetAsync("/_ping");
            Assert.Equal((200, 200), ((int)live.StatusCode, (int)ping.StatusCode));
        }

        using var back = await StoppableApp.WhenAsync(() => GetAsync("/health/ready"), response => response.IsSuccessStatusCode);
        Assert.Empty(StoppableApp.Failing(await back.JsonAsync()));
    }

    private Task<HttpResponseMessage> StatusAsync() => GetAsync("/v1/status");

    private async Task<HttpResponseMessage> GetAsync(string path)
    {
        var response = await _app.Http.GetAsync(new Uri(path, UriKind.Relative));
        await response.Content.LoadIntoBufferAsync();
        return response;
    }

    private async Task<HttpResponseMessage> MonitorAsync(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/_status");
        request.Headers.Add("apikey", key);
        return await _app.Http.SendAsync(request);
    }

    private static JsonObject ReportIn(HttpResponseMessage response)
    {
        var buffered = response.Content.ReadAsStream();
        buffered.Position = 0;
        return JsonNode.Parse(buffered)!.AsObject();
    }

    private static async Task<(string, string)> OutcomeAsync(HttpResponseMessage response)
    {
        var status = await response.JsonAsync();
        return ((string)status["status"]!, (string)status["checks"]!["healthcheckService:status"]!.AsArray().Single()!["outcome"]!);
    }
}
