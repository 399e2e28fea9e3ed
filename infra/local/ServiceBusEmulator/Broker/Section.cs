using System.Buffers.Binary;

namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>One section of an encoded AMQP message: a described value, located without decoding it.</summary>
internal readonly record struct Section(ulong Code, int Offset, int Length, int ValueOffset)
{
    private const byte Described = 0x00;
    private const byte SmallCode = 0x53;
    private const byte LongCode = 0x80;

    public static IReadOnlyList<Section> All(ReadOnlySpan<byte> message)
    {
        var sections = new List<Section>(6);
        for (var at = 0; at < message.Length;)
        {
            var section = ReadOne(message, at);
            sections.Add(section);
            at += section.Length;
        }
        return sections;
    }

    /// <summary>Returns the bytes of a data section, which contains one binary.</summary>
    public ReadOnlySpan<byte> Binary(ReadOnlySpan<byte> message) => message[ValueOffset] switch
    {
        0xA0 => message.Slice(ValueOffset + 2, message[ValueOffset + 1]),
        0xB0 => message.Slice(ValueOffset + 5, BinaryPrimitives.ReadInt32BigEndian(message[(ValueOffset + 1)..])),
        var kind => throw Malformed($"a data section contains the type {kind:x2}"),
    };

    private static Section ReadOne(ReadOnlySpan<byte> message, int at)
    {
        try
        {
            if (message[at] != Described) throw Malformed("a section does not begin with a descriptor");
            var (code, value) = message[at + 1] switch
            {
                SmallCode => ((ulong)message[at + 2], at + 3),
                LongCode => (BinaryPrimitives.ReadUInt64BigEndian(message[(at + 2)..]), at + 10),
                var kind => throw Malformed($"a descriptor has the type {kind:x2}"),
            };
            var length = value - at + ValueLength(message[value..]);
            return length <= message.Length - at ? new Section(code, at, length, value) : throw Malformed("a section is truncated");
        }
        catch (Exception ex) when (ex is ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw Malformed("a section is truncated");
        }
    }

    // The upper half of a type code gives the length of its values.
    private static int ValueLength(ReadOnlySpan<byte> value) => (value[0] >> 4) switch
    {
        0x4 => 1,
        0x5 => 2,
        0x6 => 3,
        0x7 => 5,
        0x8 => 9,
        0x9 => 17,
        0xA or 0xC or 0xE => 2 + value[1],
        0xB or 0xD or 0xF => checked(5 + (int)BinaryPrimitives.ReadUInt32BigEndian(value[1..])),
        _ => throw Malformed($"a section has the type {value[0]:x2}"),
    };

    private static BrokerException Malformed(string how) => new(BrokerFailure.ArgumentError, $"The message is not valid AMQP: {how}.");
}
