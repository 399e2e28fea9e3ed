using Delivery = EReferrals.Local.ServiceBusEmulator.Broker.Delivery;

namespace EReferrals.Local.ServiceBusEmulator.Amqp;

/// <summary>
/// Converts messages between AMQP and the broker. The bare message is passed on unchanged. Only the annotations of the service are encoded.
/// </summary>
internal static class MessageCodec
{
    private const uint BatchFormat = 0x80013700;

    /// <summary>Returns one envelope, or those of a batch.</summary>
    public static IReadOnlyList<Envelope> Read(AmqpMessage message)
    {
        var bytes = new byte[message.SerializedMessageSize];
        message.ToStream().ReadExactly(bytes);
        return message.MessageFormat == BatchFormat
            ? [.. Section.All(bytes).Where(section => section.Code == Data.Code).Select(section => Envelope.Parse([.. (ArraySegment<byte>)section.Value!]))]
            : [Envelope.Parse(bytes)];
    }

    public static AmqpMessage Write(Delivery delivery) =>
        AmqpMessage.CreateAmqpStreamMessage(new BufferListStream([Head(delivery), Bare(delivery)]), payloadInitialized: true);

    /// <summary>Returns the whole message as one byte array, as responses of the management node need it.</summary>
    public static ArraySegment<byte> ToBytes(Delivery delivery) => new([.. Head(delivery), .. Bare(delivery)]);

    private static ArraySegment<byte> Bare(Delivery delivery) => delivery.ExpiresAt == DateTimeOffset.MaxValue
        ? delivery.Envelope.BareMessage
        : delivery.Envelope.WithLife(delivery.EnqueuedTime, delivery.ExpiresAt).BareMessage;

    private static ArraySegment<byte> Head(Delivery delivery)
    {
        var isPeek = delivery.LockToken == Guid.Empty;
        // The count excludes the current delivery, and a peek is not a delivery.
        var header = new Header { DeliveryCount = (uint)(isPeek ? delivery.DeliveryCount : delivery.DeliveryCount - 1) };
        if (delivery.ExpiresAt < DateTimeOffset.MaxValue)
            header.Ttl = (uint)Math.Min((delivery.ExpiresAt - delivery.EnqueuedTime).TotalMilliseconds, uint.MaxValue);
        var annotations = new MessageAnnotations();
        foreach (var (name, value) in delivery.Envelope.Annotations ?? []) annotations.Map[(AmqpSymbol)name.Key] = value;
        annotations.Map["x-opt-enqueue-sequence-number"] = delivery.EnqueuedSequenceNumber;
        annotations.Map["x-opt-enqueued-time"] = delivery.EnqueuedTime.UtcDateTime;
        annotations.Map["x-opt-sequence-number"] = delivery.SequenceNumber;
        annotations.Map["x-opt-message-state"] = (int)delivery.State;
        if (!isPeek) annotations.Map["x-opt-locked-until"] = delivery.LockedUntil.UtcDateTime;
        var buffer = new ByteBuffer(new byte[header.EncodeSize + annotations.EncodeSize]);
        header.Encode(buffer);
        annotations.Encode(buffer);
        return new ArraySegment<byte>(buffer.Buffer, buffer.Offset, buffer.Length);
    }
}
