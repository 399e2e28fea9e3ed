using EReferrals.Messaging;
using EReferrals.Messaging.Monitoring;
using EReferrals.Operations;
using EReferrals.Status.Canary;
using EReferrals.Status.Health;
using EReferrals.Status.Page;

namespace EReferrals.Tests.Status;

/// <summary>Status pages of a good, a mixed and a bad day.</summary>
internal static class SamplePages
{
    public static IReadOnlyDictionary<string, Func<byte[]>> All { get; } = new Dictionary<string, Func<byte[]>>
    {
        ["ok"] = () => Page(Report(OverallState.Ok), Day(gapFrom: 400, gapTo: 420)),
        ["degraded"] = () => Page(Report(OverallState.Degraded), Day(gapFrom: 1_200, gapTo: 1_300)),
        ["down"] = () => Page(Report(OverallState.Down), Day(gapFrom: 1_350, gapTo: 1_440)),
        ["starting"] = () => Page(Report(OverallState.Ok) with { Canary = new CanaryStatus(CanaryState.Starting, null, null, null) }, CanaryHistory.Empty),
        ["off"] = () => Page(Report(OverallState.Ok) with { Canary = CanaryStatus.Off }, CanaryHistory.Empty),
    };

    public static StatusReport Report(OverallState state)
    {
        var isDown = state == OverallState.Down;
        var isOk = state == OverallState.Ok;
        return new StatusReport(
            state,
            Sample.Now,
            isDown ? 14 : 0.4,
            [
                Component(ComponentStatus.Tables, isOk || isDown),
                Component(ComponentStatus.RecordsBlobs, isOk || isDown),
                Component(ComponentStatus.ContingencyBlobs, true),
                Component(ComponentStatus.ServiceBus, !isDown),
                Component(ComponentStatus.StartUp, true),
                ComponentStatus.From(Canary(state)),
            ],
            [.. Queues.All.Select((queue, index) =>
                new QueueDepth(queue, isOk ? 0 : index * 1_234, isOk || index == 0 ? null : index * 40, index == 1 && !isOk ? 2 : 0))],
            Canary(state),
            isOk
                ? ServiceMode.From(OperatingMode.Normal)
                : new ServiceMode(ReadOnly: false, Uploads: false, Booking: true, "Maintenance of the attachment store", Sample.Now.AddHours(2)),
            isOk
                ? []
                :
                [
                    new ServiceMessage(
                        Sample.Now.AddMinutes(-12), "We are looking into slow worklists in the Midlands.\nUrgent referrals: please telephone as well.",
                        Sample.Now.AddHours(3)),
                    new ServiceMessage(Sample.Now.AddHours(-3), "Planned work on Sunday from 02:00 to 04:00.", null),
                ])
        {
            Quarantine = new QuarantineStatus(isOk ? 0 : 2),
            Snapshots = new SnapshotStatus(412, Sample.Now.AddSeconds(-9), isOk ? 0 : 75),
            Reconciler = new ReconcilerStatus(Sample.Now.AddMinutes(-4), 4_211, isOk ? 0 : 1, 0, null),
        };
    }

    private static byte[] Page(StatusReport report, CanaryHistory history) => StatusPage.Render(report, history, Sample.Now, isFile: false);

    private static ComponentStatus Component(string name, bool works) =>
        new(name, works ? ComponentState.Ok : ComponentState.Fail, works ? "Responds." : "Did not respond within 2 seconds.");

    private static CanaryStatus Canary(OverallState state) => state switch
    {
        OverallState.Ok => new CanaryStatus(CanaryState.Arriving, Sample.Now.AddSeconds(-34), 312, 870),
        OverallState.Degraded => new CanaryStatus(CanaryState.Slow, Sample.Now.AddSeconds(-20), 72_000, 71_000),
        _ => new CanaryStatus(CanaryState.Missing, Sample.Now.AddMinutes(-90), 340, null),
    };

    private static CanaryHistory Day(int gapFrom, int gapTo)
    {
        var random = new Random(5);
        var samples = Enumerable.Range(0, 1_440).Select(minute => new CanarySample(
            Sample.Now.AddMinutes(minute - 1_439),
            minute >= gapFrom && minute < gapTo ? null : 250 + random.Next(500) + (minute % 97 == 0 ? 2_500 : 0),
            random.Next(20) + (minute >= gapFrom && minute < gapTo ? (minute - gapFrom) * 12 : 0),
            random.Next(2)));
        return new CanaryHistory(Sample.Now, [.. samples]);
    }
}
