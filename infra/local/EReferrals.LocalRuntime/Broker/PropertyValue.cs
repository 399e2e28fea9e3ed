using System.Runtime.Serialization;
using System.Text;

namespace EReferrals.LocalRuntime.Broker;

/// <summary>The application property types that AMQP carries; a value reads back exactly as it would after the cloud.</summary>
internal static class PropertyValue
{
    public static object? Normalise(string name, object? value)
    {
        object? normal = value switch
        {
            null or string or bool or char or byte or sbyte or short or ushort or int or uint or long or ulong
                or float or double or decimal or Guid or TimeSpan or Uri => value,
            DateTime time => ToMilliseconds(new DateTimeOffset(time.ToUniversalTime())).UtcDateTime,
            DateTimeOffset time => time.ToUniversalTime(),
            _ => throw new SerializationException(
                $"The application property '{name}' has the type {value.GetType()}, which Service Bus does not support."),
        };
        if (Size(normal) > Limits.PropertySize)
        {
            throw new SerializationException($"The application property '{name}' is larger than {Limits.PropertySize} bytes.");
        }
        return normal;
    }

    public static DateTimeOffset ToMilliseconds(DateTimeOffset time) =>
        new(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);

    // AMQP's larger encodings; described types (the last group) also carry their name.
    public static int Size(object? value) => value switch
    {
        null => 1,
        bool or byte or sbyte => 2,
        short or ushort => 3,
        int or uint or float or char => 5,
        long or ulong or double or DateTime => 9,
        Guid or decimal => 17,
        string text => 5 + Encoding.UTF8.GetByteCount(text),
        Uri uri => 32 + Encoding.UTF8.GetByteCount(uri.OriginalString),
        _ => 48,
    };

    public static void Write(BinaryWriter writer, object? value)
    {
        switch (value)
        {
            case null: writer.Write((byte)0); break;
            case string v: writer.Write((byte)1); writer.Write(v); break;
            case bool v: writer.Write((byte)2); writer.Write(v); break;
            case char v: writer.Write((byte)3); writer.Write((ushort)v); break;
            case byte v: writer.Write((byte)4); writer.Write(v); break;
            case sbyte v: writer.Write((byte)5); writer.Write(v); break;
            case short v: writer.Write((byte)6); writer.Write(v); break;
            case ushort v: writer.Write((byte)7); writer.Write(v); break;
            case int v: writer.Write((byte)8); writer.Write(v); break;
            case uint v: writer.Write((byte)9); writer.Write(v); break;
            case long v: writer.Write((byte)10); writer.Write(v); break;
            case ulong v: writer.Write((byte)11); writer.Write(v); break;
            case float v: writer.Write((byte)12); writer.Write(v); break;
            case double v: writer.Write((byte)13); writer.Write(v); break;
            case decimal v: writer.Write((byte)14); writer.Write(v); break;
            case Guid v: writer.Write((byte)15); writer.Write(v.ToByteArray()); break;
            case TimeSpan v: writer.Write((byte)16); writer.Write(v.Ticks); break;
            case DateTime v: writer.Write((byte)17); writer.Write(v.Ticks); break;
            case DateTimeOffset v: writer.Write((byte)18); writer.Write(v.UtcTicks); break;
            case Uri v: writer.Write((byte)19); writer.Write(v.OriginalString); break;
            default: throw new SerializationException($"No property value is a {value.GetType()}.");
        }
    }

    public static object? Read(BinaryReader reader) => reader.ReadByte() switch
    {
        0 => null,
        1 => reader.ReadString(),
        2 => reader.ReadBoolean(),
        3 => (char)reader.ReadUInt16(),
        4 => reader.ReadByte(),
        5 => reader.ReadSByte(),
        6 => reader.ReadInt16(),
        7 => reader.ReadUInt16(),
        8 => reader.ReadInt32(),
        9 => reader.ReadUInt32(),
        10 => reader.ReadInt64(),
        11 => reader.ReadUInt64(),
        12 => reader.ReadSingle(),
        13 => reader.ReadDouble(),
        14 => reader.ReadDecimal(),
        15 => new Guid(reader.ReadBytes(16)),
        16 => new TimeSpan(reader.ReadInt64()),
        17 => new DateTime(reader.ReadInt64(), DateTimeKind.Utc),
        18 => new DateTimeOffset(reader.ReadInt64(), TimeSpan.Zero),
        19 => new Uri(reader.ReadString(), UriKind.RelativeOrAbsolute),
        var kind => throw new InvalidDataException($"The broker file holds a property of the unknown kind {kind}."),
    };
}
