using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.Telemetry;

public sealed class CollectorTests
{
    [Fact]
    public async Task A_collector_gets_the_traces_and_metrics_of_an_accepted_referral_and_the_log_of_a_refused_one()
    {
        await using var collector = await Collector.StartAsync();
        await using var app = await RunningApp.StartAsync(
            configure: null, state: null, $"--OTEL_EXPORTER_OTLP_ENDPOINT={collector.Address}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            "--OTEL_METRIC_EXPORT_INTERVAL=200", "--OTEL_BSP_SCHEDULE_DELAY=200", "--OTEL_BLRP_SCHEDULE_DELAY=200");

        app.Local.Broker.Faults.RefuseAllSends = true;
        using var refused = await app.PostAsync(Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission());
        app.Local.Broker.Faults.Clear();
        await refused.ProblemAsync(503);
        await app.SubmitAsync(Sample.ReferringClinician);

        await Eventually.TrueAsync(
            () => Task.FromResult(
                collector.Has("/v1/traces", "process referral-submitted")
                && collector.Has("/v1/metrics", "ereferrals.submissions.processed")
                && collector.Has("/v1/logs", "A submission could not be confirmed as accepted")),
            () => Task.FromResult($"Sent: {string.Join(", ", collector.Received.Select(sent => sent.Path).CountBy(path => path))}."));
    }
}
