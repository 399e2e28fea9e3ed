using System.Net.Sockets;
using Azure;
using Azure.Identity;
using Azure.Messaging.ServiceBus;

namespace EReferrals.Resilience;

/// <summary>
/// Which failures say nothing about what was asked, and pass without a change of it: time-outs, refusals for load, lost connections, and a
/// store or broker that refuses the service as such. All others stay until somebody mends the request or the program.
/// </summary>
public static class Transient
{
    /// <param name="caller">The caller's token: what the caller cancelled is no failure.</param>
    public static bool Is(Exception failure, CancellationToken caller) => !caller.IsCancellationRequested && Is(failure);

    /// <summary>Whether it is only that this service is stopping. Every other exception that leaves a background loop ends the whole service.</summary>
    public static bool IsStop(Exception failure, CancellationToken stopping) => failure is OperationCanceledException && stopping.IsCancellationRequested;

    public static bool Is(Exception failure) => failure switch
    {
        // Status 0: no answer came at all.
        RequestFailedException { Status: 0 or 408 or 429 or >= 500 } => true,
        // Roles take minutes to reach a new identity, and one that was taken away is given back by an operator: no request is at fault.
        RequestFailedException { Status: 401 or 403 } => true,
        // Tables and containers are created at start, which goes on trying.
        RequestFailedException { ErrorCode: "TableNotFound" or "ContainerNotFound" } => true,
        ServiceBusException { IsTransient: true } => true,
        // Over as soon as somebody has made room, switched the queue on again, or put it back.
        ServiceBusException
        {
            Reason: ServiceBusFailureReason.QuotaExceeded or ServiceBusFailureReason.MessagingEntityDisabled or ServiceBusFailureReason.MessagingEntityNotFound,
        } => true,
        // What the Service Bus client throws for a claim that is missing. This service opens no files, which could throw it too.
        UnauthorizedAccessException => true,
        ContendedException => true,
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
