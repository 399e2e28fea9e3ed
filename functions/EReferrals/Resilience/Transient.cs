using System.Net.Sockets;
using Azure;
using Azure.Identity;
using Azure.Messaging.ServiceBus;

namespace EReferrals.Resilience;

/// <summary>
/// Classifies failures as transient: the same request may succeed later. These are timeouts, throttling, lost connections, and storage or Service Bus
/// refusing the service's identity. Any other failure persists until the request or the program changes.
/// </summary>
public static class Transient
{
    /// <param name="caller">The caller's token. When the caller has cancelled, the failure is not transient.</param>
    public static bool Is(Exception failure, CancellationToken caller) => !caller.IsCancellationRequested && Is(failure);

    /// <summary>Whether the exception only means that the service is stopping. Any other exception that leaves a background loop ends the service.</summary>
    public static bool IsStop(Exception failure, CancellationToken stopping) => failure is OperationCanceledException && stopping.IsCancellationRequested;

    public static bool Is(Exception failure) => failure switch
    {
        // Status 0: there was no response.
        RequestFailedException { Status: 0 or 408 or 429 or >= 500 } => true,
        // A role assignment takes minutes to apply, and an operator can restore a removed one. The request is not the cause.
        RequestFailedException { Status: 401 or 403 } => true,
        // In an emulator the service creates missing tables and containers at start, and retries until it succeeds. In Azure a deployment restores them.
        RequestFailedException { ErrorCode: "TableNotFound" or "ContainerNotFound" } => true,
        ServiceBusException { IsTransient: true } => true,
        // An operator can make room, enable the queue or recreate it.
        ServiceBusException
        {
            Reason: ServiceBusFailureReason.QuotaExceeded or ServiceBusFailureReason.MessagingEntityDisabled or ServiceBusFailureReason.MessagingEntityNotFound,
        } => true,
        // The Service Bus client throws this when the identity lacks a claim. File access could throw it too, but this service opens no files.
        UnauthorizedAccessException => true,
        ContendedException => true,
        // An attempt of an SDK client timed out.
        OperationCanceledException or TimeoutException => true,
        // A missing file means a broken deployment, not a lost connection.
        FileNotFoundException or DirectoryNotFoundException or FileLoadException => false,
        HttpRequestException or SocketException or IOException => true,
        AuthenticationFailedException => true,
        AggregateException aggregate => aggregate.InnerExceptions.All(Is),
        _ => false,
    };
}
