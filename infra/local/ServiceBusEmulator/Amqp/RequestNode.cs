using System.Collections.Concurrent;

namespace EReferrals.Local.ServiceBusEmulator.Amqp;

/// <summary>The request-response nodes $cbs and $management: a request arrives on one link, and its response leaves on another.</summary>
internal sealed class RequestNode
{
    private readonly ConcurrentDictionary<(AmqpConnection Connection, string Address), SendingAmqpLink> _replies = new();

    public void Attach(AmqpLink link, Func<AmqpMessage, Task<AmqpMessage>> answer)
    {
        if (link is ReceivingAmqpLink requests)
        {
            requests.RegisterMessageListener(request => _ = AnswerAsync(requests, request, answer));
            return;
        }
        var replies = (SendingAmqpLink)link;
        var key = (link.Session.Connection, ((Target)link.Settings.Target).Address.ToString() ?? "");
        _replies[key] = replies;
        link.SafeAddClosed((_, _) => _replies.TryRemove(new(key, replies)));
    }

    private async Task AnswerAsync(ReceivingAmqpLink link, AmqpMessage request, Func<AmqpMessage, Task<AmqpMessage>> answer)
    {
        var response = await answer(request).ConfigureAwait(false);
        // Continue on another thread than the journal's, on which the response may have completed.
        await Task.Yield();
        response.Properties.CorrelationId = request.Properties.MessageId;
        var replyTo = request.Properties.ReplyTo?.ToString() ?? "";
        link.DisposeMessage(request, AmqpConstants.AcceptedOutcome, settled: true, batchable: false);
        if (_replies.TryGetValue((link.Session.Connection, replyTo), out var replies))
            replies.SendMessageNoWait(response, Guid.NewGuid().ToByteArray(), AmqpConstants.NullBinary);
        request.Dispose();
    }
}
