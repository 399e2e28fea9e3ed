namespace EReferrals.Local.ServiceBusEmulator.Amqp;

/// <summary>Applies the disposition of a receiver to a message.</summary>
internal static class Settlement
{
    public static Task ApplyAsync(BrokerQueue queue, Guid token, DeliveryState state) => state switch
    {
        Accepted => queue.CompleteAsync(token),
        Modified { UndeliverableHere: true } modified => queue.DeferAsync(token, Changes(modified.MessageAnnotations)),
        Modified modified => queue.AbandonAsync(token, Changes(modified.MessageAnnotations)),
        Rejected rejected => queue.DeadLetterAsync(token, Changes(rejected.Error?.Info)),
        // The client releases messages that arrived after its receive had ended.
        Released => TakeBack(queue, token),
        _ => throw new BrokerException(BrokerFailure.NotImplemented, $"The outcome {state} is not supported."),
    };

    private static Task TakeBack(BrokerQueue queue, Guid token)
    {
        queue.TakeBack(token);
        return Task.CompletedTask;
    }

    private static Dictionary<string, object?>? Changes(Fields? fields) =>
        fields?.ToDictionary(pair => ((AmqpSymbol)pair.Key.Key).Value!, object? (pair) => pair.Value);
}
