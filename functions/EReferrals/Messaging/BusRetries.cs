using Azure.Messaging.ServiceBus;
using EReferrals.Resilience;

namespace EReferrals.Messaging;

/// <summary>
/// One more try for what passes at once, such as a connection that broke. A broker that is busy is left alone: who asked is told to come back,
/// and a queue function puts its message off.
/// </summary>
internal sealed class BusRetries : ServiceBusRetryPolicy
{
    private static readonly TimeSpan Try = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public override TimeSpan CalculateTryTimeout(int attemptCount) => Try;

    public override TimeSpan? CalculateRetryDelay(Exception lastException, int attemptCount) =>
        attemptCount == 1 && lastException is not ServiceBusException { Reason: ServiceBusFailureReason.ServiceBusy } && Transient.Is(lastException)
            ? Pause
            : null;
}
