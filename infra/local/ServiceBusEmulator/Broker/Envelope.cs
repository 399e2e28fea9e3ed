namespace EReferrals.Local.ServiceBusEmulator.Broker;

/// <summary>A message as its sender encoded it, with the properties that the broker uses. Immutable.</summary>
internal sealed class Envelope
{
    public const string DeadLetterReason = "DeadLetterReason";
    public const string DeadLetterErrorDescription = "DeadLetterErrorDescription";

    private static readonly AmqpSymbol DeadLetterSource = "x-opt-deadletter-source";
    private static readonly AmqpSymbol ScheduledName = "x-opt-scheduled-enqueue-time";

    private Envelope(byte[] bytes)
    {
        Bytes = bytes;
        var bodyStart = bytes.Length;
        Bare = bytes.Length;
        foreach (var section in Section.All(bytes))
        {
            Read(section);
            if (section.Code >= Properties.Code) Bare = Math.Min(Bare, section.Offset);
            if (section.Code > ApplicationProperties.Code) bodyStart = Math.Min(bodyStart, section.Offset);
        }
        HeaderSize = bodyStart;
    }

    public string? MessageId { get; private set; }

    public TimeSpan TimeToLive { get; private set; } = TimeSpan.MaxValue;

    public DateTimeOffset ScheduledEnqueueTime { get; private set; }

    /// <summary>The annotations of the sender, which every receiver gets.</summary>
    public Annotations? Annotations { get; private set; }

    /// <summary>The size of all sections except the body.</summary>
    public int HeaderSize { get; }

    public int Size => Bytes.Length;

    public byte[] Bytes { get; }

    /// <summary>The bare message, which no broker may change: the properties, the application properties and the body.</summary>
    public ArraySegment<byte> BareMessage => new(Bytes, Bare, Bytes.Length - Bare);

    private int Bare { get; }

    public static Envelope Parse(byte[] bytes) => new(bytes);

    /// <summary>Returns the envelope as the queue stores it, with a message id.</summary>
    public Envelope AsAccepted()
    {
        if (MessageId is not null) return this;
        var properties = Find<Properties>(Properties.Code);
        properties.MessageId = Guid.NewGuid().ToString("N");
        return Replace(properties);
    }

    public Envelope WithProperties(IReadOnlyDictionary<string, object?>? changes)
    {
        if (changes is null || changes.Count == 0) return this;
        var properties = Find<ApplicationProperties>(ApplicationProperties.Code);
        foreach (var (name, value) in changes) properties.Map[name] = value;
        return Replace(properties);
    }

    /// <summary>Returns the envelope with the name of the queue in which it was dead-lettered, in the annotation that the client reads.</summary>
    public Envelope WithDeadLetterSource(string queue)
    {
        var annotations = Find<MessageAnnotations>(MessageAnnotations.Code);
        annotations.Map[DeadLetterSource] = queue;
        return Replace(annotations);
    }

    /// <summary>Returns the envelope with the creation and expiry times of the service, which override those of the sender.</summary>
    public Envelope WithLife(DateTimeOffset begins, DateTimeOffset ends)
    {
        var properties = Find<Properties>(Properties.Code);
        properties.CreationTime = begins.UtcDateTime;
        properties.AbsoluteExpiryTime = ends.UtcDateTime;
        return Replace(properties);
    }

    private T Find<T>(ulong code) where T : AmqpDescribed, new() =>
        Section.All(Bytes).FirstOrDefault(section => section.Code == code) is { } section ? Decode<T>(section) : new T();

    private T Decode<T>(Section section) where T : AmqpDescribed, new()
    {
        var decoded = new T();
        decoded.Decode(new ByteBuffer(Bytes, section.Offset, section.Length));
        return decoded;
    }

    private Envelope Replace(AmqpDescribed replacement)
    {
        var encoded = new ByteBuffer(new byte[replacement.EncodeSize]);
        replacement.Encode(encoded);
        var sections = Section.All(Bytes);
        var start = sections.Where(section => section.Code < replacement.DescriptorCode).Sum(section => section.Length);
        var end = sections.Where(section => section.Code <= replacement.DescriptorCode).Sum(section => section.Length);
        return new Envelope([.. Bytes.AsSpan(0, start), .. encoded.Buffer.AsSpan(encoded.Offset, encoded.Length), .. Bytes.AsSpan(end)]);
    }

    private void Read(Section section)
    {
        if (section.Code == Header.Code && Decode<Header>(section).Ttl is { } ttl)
        {
            TimeToLive = TimeSpan.FromMilliseconds(ttl);
        }
        else if (section.Code == MessageAnnotations.Code)
        {
            Annotations = Decode<MessageAnnotations>(section).Map;
            if (Annotations[ScheduledName] is DateTime due) ScheduledEnqueueTime = new DateTimeOffset(due.ToUniversalTime());
        }
        else if (section.Code == Properties.Code)
        {
            var properties = Decode<Properties>(section);
            MessageId = properties.MessageId?.ToString();
            // The header has no room for more than 49 days.
            if (properties.AbsoluteExpiryTime is { } expiry && properties.CreationTime is { } created) TimeToLive = expiry - created;
        }
    }
}
