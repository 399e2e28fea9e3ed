using EReferrals.Messaging;
using EReferrals.Messaging.Monitoring;
using EReferrals.Operations;
using EReferrals.Status.Canary;
using EReferrals.Status.Health;

namespace EReferrals.Tests.Status;

public sealed class OverallStateTests
{
    [Theory]
    [InlineData(Queues.DeadLetters, 0, 0, OverallState.Ok)]
    [InlineData(Queues.DeadLetters, 1, 0, OverallState.Degraded)]
    [InlineData(Queues.DeadLetters, 0, 1, OverallState.Degraded)]
    [InlineData(Queues.ReferralSubmitted, 1, 0, OverallState.Ok)]
    [InlineData(Queues.ReferralSubmitted, 0, 1, OverallState.Degraded)]
    public void A_dead_letter_needs_attention_on_any_queue(string queue, long active, long dead, OverallState expected) =>
        Assert.Equal(expected, ServiceStatus.StateOf(
            [], [new QueueDepth(queue, active, null, dead)], CanaryStatus.Off, new Inventory.Counted(null, null, null, null),
            ServiceMode.From(OperatingMode.Normal)));
}
