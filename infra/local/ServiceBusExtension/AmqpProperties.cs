using Google.Protobuf;
using Microsoft.Azure.Amqp;
using Microsoft.Azure.Amqp.Encoding;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Encodes properties for the host as an AMQP map.</summary>
internal static class AmqpProperties
{
    public static ByteString Encode(IEnumerable<KeyValuePair<string, object>>? properties)
    {
        if (properties is null) return ByteString.Empty;
        var map = new AmqpMap();
        foreach (var (name, value) in properties) map[new MapKey(name)] = OnTheWire(name, value);
        using var buffer = new ByteBuffer(256, autoGrow: true);
        AmqpCodec.EncodeMap(map, buffer);
        return ByteString.CopyFrom(buffer.Buffer, buffer.Offset, buffer.Length);
    }

    private static object OnTheWire(string name, object value) => value switch
    {
        byte or sbyte or char or short or ushort or int or uint or long or ulong or float or double or decimal or bool or Guid or string or DateTime => value,
        DateTimeOffset instant => new DescribedType(new AmqpSymbol("com.microsoft:datetime-offset"), instant.UtcTicks),
        TimeSpan duration => new DescribedType(new AmqpSymbol("com.microsoft:timespan"), duration.Ticks),
        Uri address => new DescribedType(new AmqpSymbol("com.microsoft:uri"), address.AbsoluteUri),
        _ => throw new NotSupportedException($"The property '{name}' has a type that Service Bus does not support."),
    };
}
