using EReferrals.Overload;
using EReferrals.Telemetry;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Overload;

public sealed class OverloadTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const long Megabyte = 1024 * 1024;

    private readonly RunningApp _app = shared.App;

    private Workload Workload => _app.Services.GetRequiredService<Workload>();

    [Theory]
    [InlineData(0, "search 200, list 200, poll 304, routine 202, urgent 202, open 200, operator 200")]
    [InlineData(130, "search 503, list 200, poll 304, routine 202, urgent 202, open 200, operator 200")]
    [InlineData(200, "search 503, list 503, poll 304, routine 202, urgent 202, open 200, operator 200")]
    [InlineData(230, "search 503, list 503, poll 304, routine 503, urgent 202, open 200, operator 200")]
    [InlineData(260, "search 503, list 503, poll 304, routine 503, urgent 503, open 200, operator 200")]
    public async Task The_least_important_requests_are_shed_first(int megabytes, string expected)
    {
        using var before = await ListAsync();
        var tag = before.Headers.ETag!.ToString();

        string answered;
        using (Workload.Hold(megabytes * Megabyte)) answered = await AnsweredAsync(tag);
        using var after = await ListAsync();

        Assert.Equal(expected, answered);
        Assert.Equal(200, (int)after.StatusCode);
    }

    [Fact]
    public async Task A_shed_request_gets_a_Retry_After_that_varies_between_callers()
    {
        using var held = Workload.Hold(300 * Megabyte);

        var waits = new HashSet<int>();
        for (var i = 0; i < 40; i++)
        {
            using var refused = await SubmitAsync("ROUTINE");
            Assert.Equal(503, (int)refused.StatusCode);
            waits.Add((int)refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
        }

        Assert.All(waits, wait => Assert.InRange(wait, 2, 10));
        Assert.True(waits.Count > 3);
    }

    [Fact]
    public async Task A_poll_of_a_changed_list_is_shed_before_the_list_is_read()
    {
        using var held = Workload.Hold(200 * Megabyte);

        using var refused = await _app.GetAsync(Sample.ProviderClinician, "/v1/worklists/REFERRALS_FOR_REVIEW", ("If-None-Match", "W/\"999999\""));

        Assert.Equal(503, (int)refused.StatusCode);
    }

    [Theory]
    [InlineData("/v1/referrals/000000000017")]
    [InlineData("/v1/attachments/3f0c1f6e-0000-4000-8000-000000000000")]
    [InlineData("/v1/worklists/REFERRALS_FOR_REVIEW/export.csv")]
    [InlineData("/v1/worklists/REFERRALS_FOR_REVIEW/print")]
    [InlineData("/v1/contingency")]
    public async Task If_None_Match_buys_no_place_for_what_is_not_a_poll(string path)
    {
        using var held = Workload.Hold(200 * Megabyte);

        using var refused = await _app.GetAsync(Sample.ProviderClinician, path, ("If-None-Match", "*"));

        Assert.Equal(503, (int)refused.StatusCode);
    }

    [Fact]
    public async Task A_slow_broker_sheds_writes_and_no_reads()
    {
        using var telemetry = new ServiceTelemetry();
        using var workload = new Workload(telemetry);
        using var send = workload.Send();

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!workload.IsTooMuch(Importance.Writing)) await Task.Delay(20, limit.Token);

        Assert.True(workload.SendAge > TimeSpan.FromSeconds(1));
        Assert.False(workload.IsTooMuch(Importance.Browsing) || workload.IsTooMuch(Importance.Reading) || workload.IsTooMuch(Importance.UrgentWriting));
        send.Dispose();
        Assert.Equal(TimeSpan.Zero, workload.SendAge);
    }

    [Fact]
    public async Task Uploads_are_shed_before_they_fill_the_memory()
    {
        using var held = Workload.Hold(65 * Megabyte);
        using var content = new ByteArrayContent("%PDF-1.7 some"u8.ToArray());

        using var refused = await _app.SendAsync(Sample.ReferringClinician, HttpMethod.Post, "/v1/attachments", content);

        Assert.Equal(503, (int)refused.StatusCode);
    }

    private async Task<string> AnsweredAsync(string tag)
    {
        using var search = await _app.GetAsync(Sample.ReferringClinician, "/v1/services");
        using var list = await ListAsync();
        using var poll = await ListAsync(("If-None-Match", tag));
        using var routine = await SubmitAsync("ROUTINE");
        using var urgent = await SubmitAsync("TWO_WEEK_WAIT");
        using var ping = await _app.Http.GetAsync(new Uri("/_ping", UriKind.Relative));
        using var status = await _app.Http.GetAsync(new Uri("/v1/status", UriKind.Relative));
        using var mode = await _app.GetAsync(Sample.Operator, "/v1/operations/mode");
        var open = Math.Max((int)ping.StatusCode, (int)status.StatusCode);
        return $"search {(int)search.StatusCode}, list {(int)list.StatusCode}, poll {(int)poll.StatusCode}, routine {(int)routine.StatusCode}, "
            + $"urgent {(int)urgent.StatusCode}, open {open}, operator {(int)mode.StatusCode}";
    }

    // A list that no submission of these tests changes.
    private Task<HttpResponseMessage> ListAsync(params (string Name, string Value)[] headers) =>
        _app.GetAsync(Sample.ProviderClinician, "/v1/worklists/APPOINTMENTS_FOR_BOOKING", headers);

    private Task<HttpResponseMessage> SubmitAsync(string priority) =>
        _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission(priority));
}
