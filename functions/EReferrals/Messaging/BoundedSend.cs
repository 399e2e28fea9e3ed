using Azure.Messaging.ServiceBus;

namespace EReferrals.Messaging;

/// <summary>
/// Sends with a time limit. The client's own limits do not bound a call: it sleeps for ten seconds after the broker reported that it is busy, and may
/// retry on a connection that does not respond.
/// </summary>
internal static class BoundedSend
{
    /// <summary>Longer than one try of the client, and short enough to respond to the sender of a referral within five seconds.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    public static Task SendWithinLimitAsync(this ServiceBusSender sender, ServiceBusMessage message, CancellationToken cancellationToken) =>
        WithinLimitAsync(limit => sender.SendMessageAsync(message, limit), cancellationToken);

    /// <summary>All messages or none.</summary>
    public static Task SendWithinLimitAsync(this ServiceBusSender sender, IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken) =>
        WithinLimitAsync(limit => sender.SendMessagesAsync(messages, limit), cancellationToken);

    private static async Task WithinLimitAsync(Func<CancellationToken, Task> send, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            // WaitAsync, because the client does not always observe the token while it opens a link.
            await send(limit.Token).WaitAsync(limit.Token);
        }
        catch
        {
            // After a "server busy" response the client delays the sends of all callers for ten seconds, unless the token of the refused call is cancelled.
            await limit.CancelAsync();
            throw;
        }
    }
}
