using System.Collections.Frozen;
using System.Runtime.Serialization;
using System.Text;
using Azure.Messaging.ServiceBus;

namespace EReferrals.LocalRuntime.Broker;

/// <summary>What a sender put into a message. Immutable: senders and receivers never share anything that can change.</summary>
internal sealed class Envelope
{
    public const string DeadLetterReason = "DeadLetterReason";
    public const string DeadLetterErrorDescription = "DeadLetterErrorDescription";

    private const byte Format = 1;
    private const int FixedOverhead = 96;

    public required byte[] Body { get; init; }

    public required FrozenDictionary<string, object?> Properties { get; init; }

    public required string? MessageId { get; init; }

    public required string? SessionId { get; init; }

    public required string? PartitionKey { get; init; }

    public required string? TransactionPartitionKey { get; init; }

    public required string? ReplyToSessionId { get; init; }

    public required string? ContentType { get; init; }

    public required string? CorrelationId { get; init; }

    public required string? ReplyTo { get; init; }

    public required string? Subject { get; init; }

    public required string? To { get; init; }

    public required TimeSpan TimeToLive { get; init; }

    public required DateTimeOffset ScheduledEnqueueTime { get; init; }

    /// <summary>Everything but the body.</summary>
    public int HeaderSize { get; private set; }

    public int Size => HeaderSize + Body.Length;

    public static Envelope From(ServiceBusMessage message)
    {
        var envelope = new Envelope
        {
            Body = message.Body.ToArray(),
            Properties = Normalised(message.ApplicationProperties),
            MessageId = message.MessageId,
            SessionId = message.SessionId,
            PartitionKey = message.PartitionKey,
            TransactionPartitionKey = message.TransactionPartitionKey,
            ReplyToSessionId = message.ReplyToSessionId,
            ContentType = message.ContentType,
            CorrelationId = message.CorrelationId,
            ReplyTo = message.ReplyTo,
            Subject = message.Subject,
            To = message.To,
            TimeToLive = message.TimeToLive,
            ScheduledEnqueueTime = PropertyValue.ToMilliseconds(message.ScheduledEnqueueTime),
        };
        envelope.HeaderSize = envelope.MeasureHeader();
        if (envelope.HeaderSize > Limits.HeaderSize)
        {
            throw new SerializationException($"The properties take {envelope.HeaderSize} bytes; at most {Limits.HeaderSize} are allowed.");
        }
        return envelope;
    }

    /// <summary>As the queue keeps it: with an id, and with the queue's time to live if that is shorter.</summary>
    public Envelope AsAccepted(TimeSpan longestLife) =>
        MessageId is not null && TimeToLive <= longestLife
            ? this
            : Copy(Properties, MessageId ?? Guid.NewGuid().ToString("N"), TimeToLive <= longestLife ? TimeToLive : longestLife);

    public Envelope WithProperties(IDictionary<string, object?>? changes)
    {
        if (changes is null || changes.Count == 0)
        {
            return this;
        }
        var properties = new Dictionary<string, object?>(Properties);
        foreach (var (key, value) in Normalised(changes))
        {
            properties[key] = value;
        }
        return Copy(properties.ToFrozenDictionary(), MessageId, TimeToLive);
    }

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream(Size + 64);
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Format);
        writer.Write(Body.Length);
        writer.Write(Body);
        foreach (var text in Texts())
        {
            writer.Write(text is not null);
            writer.Write(text ?? "");
        }
        writer.Write(TimeToLive.Ticks);
        writer.Write(ScheduledEnqueueTime.UtcTicks);
        writer.Write(Properties.Count);
        foreach (var (key, value) in Properties)
        {
            writer.Write(key);
            PropertyValue.Write(writer, value);
        }
        writer.Flush();
        return stream.ToArray();
    }

    public static Envelope FromBytes(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        if (reader.ReadByte() is var format && format != Format)
        {
            throw new InvalidDataException($"The broker file holds a message in format {format}; this version reads format {Format}.");
        }
        var envelope = new Envelope
        {
            Body = reader.ReadBytes(reader.ReadInt32()),
            MessageId = ReadText(reader),
            SessionId = ReadText(reader),
            PartitionKey = ReadText(reader),
            TransactionPartitionKey = ReadText(reader),
            ReplyToSessionId = ReadText(reader),
            ContentType = ReadText(reader),
            CorrelationId = ReadText(reader),
            ReplyTo = ReadText(reader),
            Subject = ReadText(reader),
            To = ReadText(reader),
            TimeToLive = new TimeSpan(reader.ReadInt64()),
            ScheduledEnqueueTime = new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero),
            Properties = ReadProperties(reader),
        };
        envelope.HeaderSize = envelope.MeasureHeader();
        return envelope;
    }

    private static FrozenDictionary<string, object?> Normalised(IDictionary<string, object?> properties) =>
        properties.ToFrozenDictionary(property => property.Key, property => PropertyValue.Normalise(property.Key, property.Value));

    private static string? ReadText(BinaryReader reader)
    {
        var isThere = reader.ReadBoolean();
        var text = reader.ReadString();
        return isThere ? text : null;
    }

    private static FrozenDictionary<string, object?> ReadProperties(BinaryReader reader)
    {
        var properties = new Dictionary<string, object?>();
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            properties.Add(reader.ReadString(), PropertyValue.Read(reader));
        }
        return properties.ToFrozenDictionary();
    }

    // The order is the one of FromBytes.
    private string?[] Texts() =>
    [
        MessageId, SessionId, PartitionKey, TransactionPartitionKey, ReplyToSessionId,
        ContentType, CorrelationId, ReplyTo, Subject, To,
    ];

    private int MeasureHeader() =>
        FixedOverhead
        + Texts().Sum(text => text is null ? 1 : 5 + Encoding.UTF8.GetByteCount(text))
        + Properties.Sum(property => 5 + Encoding.UTF8.GetByteCount(property.Key) + PropertyValue.Size(property.Value));

    private Envelope Copy(FrozenDictionary<string, object?> properties, string? messageId, TimeSpan timeToLive)
    {
        var copy = new Envelope
        {
            Body = Body,
            Properties = properties,
            MessageId = messageId,
            SessionId = SessionId,
            PartitionKey = PartitionKey,
            TransactionPartitionKey = TransactionPartitionKey,
            ReplyToSessionId = ReplyToSessionId,
            ContentType = ContentType,
            CorrelationId = CorrelationId,
            ReplyTo = ReplyTo,
            Subject = Subject,
            To = To,
            TimeToLive = timeToLive,
            ScheduledEnqueueTime = ScheduledEnqueueTime,
        };
        copy.HeaderSize = copy.MeasureHeader();
        return copy;
    }
}
