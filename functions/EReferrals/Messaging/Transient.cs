using Azure;
using Azure.Messaging.ServiceBus;

namespace EReferrals.Messaging;

/// <summary>Which failures pass by themselves: time-outs, lost connections, 408, 429 and 5xx.</summary>
public static class Transient
{
    public static bool Is(Exception exception) => exception switch
    {
        // Status 0: no answer came at all.
        RequestFailedException failed => failed.Status is 0 or 408 or 429 or >= 500,
        ServiceBusException bus => bus.IsTransient,
        AggregateException several => several.InnerExceptions.All(Is),
        _ => exception is TimeoutException or HttpRequestException or IOException or OperationCanceledException,
    };
}
