namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>One section of an encoded AMQP message, and where it is.</summary>
/// <param name="Value">The decoded value: a list, a map, or the binary of a data section.</param>
internal sealed record Section(ulong Code, int Offset, int Length, object? Value)
{
    /// <summary>Returns the sections, which are ordered by their codes.</summary>
    /// <exception cref="BrokerException">The message is not valid AMQP.</exception>
    public static IReadOnlyList<Section> All(byte[] message)
    {
        var sections = new List<Section>(6);
        using var buffer = new ByteBuffer(message, 0, message.Length);
        while (buffer.Length > 0) sections.Add(ReadOne(buffer, after: sections.LastOrDefault()?.Code ?? 0));
        return sections;
    }

    private static Section ReadOne(ByteBuffer buffer, ulong after)
    {
        var offset = buffer.Offset;
        try
        {
            var described = (DescribedType)AmqpCodec.DecodeObject(buffer);
            var code = (ulong)described.Descriptor;
            if (code < after) throw new FormatException("Its sections are not in order.");
            return new Section(code, offset, buffer.Offset - offset, described.Value);
        }
        catch (Exception ex)
        {
            throw new BrokerException(BrokerFailure.ArgumentError, $"The message is not valid AMQP: {ex.Message}", ex);
        }
    }
}
