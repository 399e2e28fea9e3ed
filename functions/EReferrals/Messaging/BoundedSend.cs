using Azure.Messaging.ServiceBus;

namespace EReferrals.Messaging;

/// <summary>
/// Sends that end in time. The client's own limits do not bound a call: it sleeps for ten seconds after the broker called itself busy, and may
/// try again on a connection that does not answer.
/// </summary>
internal static class BoundedSend
{
    /// <summary>Longer than one try of the client, and short enough for a sender to be asked to come back within five seconds.</summary>
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
            // Waited for apart: the opening of a link does not always listen to its token.
            await send(limit.Token).WaitAsync(limit.Token);
        }
        catch
        {
            // One refusal as busy makes the client hold up the sends of everybody for ten seconds, unless the refused call's token ends that.
            await limit.CancelAsync();
            throw;
        }
    }
}
