using System.Net.Sockets;
using Azure;
using Azure.Identity;
using Azure.Messaging.ServiceBus;

namespace EReferrals.Messaging;

/// <summary>Tells what may work when it is tried again (timeouts, refusals for load, lost connections) from what never will.</summary>
public static class TransientFailure
{
    public static bool Is(Exception failure) => failure switch
    {
        // The client libraries throw this for a try that ran out of time; a caller who left is told apart before this is asked.
        OperationCanceledException or TimeoutException => true,
        // Status 0: no answer at all.
        RequestFailedException { Status: 0 or 408 or 429 or >= 500 } => true,
        ServiceBusException { IsTransient: true } => true,
        // Not transient to the client library, and over as soon as somebody has made room or switched the queue on again.
        ServiceBusException { Reason: ServiceBusFailureReason.QuotaExceeded or ServiceBusFailureReason.MessagingEntityDisabled } => true,
        HttpRequestException or SocketException or IOException => true,
        AuthenticationFailedException => true,
        AggregateException several => several.InnerExceptions.Any(Is),
        _ => false,
    };
}
