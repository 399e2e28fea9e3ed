using Azure.Messaging.ServiceBus;
using EReferrals.Resilience;

namespace EReferrals.Messaging;

/// <summary>
/// One quick retry for failures such as a broken connection. There is none when the broker is busy: the HTTP caller is asked to retry, and a queue
/// function retries its message later.
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
