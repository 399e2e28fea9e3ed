using System.Net.Sockets;
using Azure;
using Azure.Identity;
using Azure.Messaging.ServiceBus;

namespace EReferrals.Messaging;

/// <summary>Which failures pass by themselves: time-outs, refusals for load, lost connections. All others stay until somebody mends them.</summary>
public static class Transient
{
    /// <param name="caller">The caller's token: what the caller cancelled is no failure.</param>
    public static bool Is(Exception failure, CancellationToken caller) => !caller.IsCancellationRequested && Is(failure);

    public static bool Is(Exception failure) => failure switch
    {
        // Status 0: no answer came at all.
        RequestFailedException { Status: 0 or 408 or 429 or >= 500 } => true,
        // Tables and containers are created at start, which goes on trying.
        RequestFailedException { ErrorCode: "TableNotFound" or "ContainerNotFound" } => true,
        ServiceBusException { IsTransient: true } => true,
        // Over as soon as somebody has made room or switched the queue on again.
        ServiceBusException { Reason: ServiceBusFailureReason.QuotaExceeded or ServiceBusFailureReason.MessagingEntityDisabled } => true,
        // A try of a client that ran out of its own time.
        OperationCanceledException or TimeoutException => true,
        // A file that is missing is a broken deployment, not a lost connection.
        FileNotFoundException or DirectoryNotFoundException or FileLoadException => false,
        HttpRequestException or SocketException or IOException => true,
        AuthenticationFailedException => true,
        AggregateException several => several.InnerExceptions.All(Is),
        _ => false,
    };
}
