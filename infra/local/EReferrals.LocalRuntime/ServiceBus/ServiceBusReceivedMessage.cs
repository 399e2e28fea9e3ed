#nullable disable
using System.Collections.ObjectModel;
using EReferrals.LocalRuntime.Broker;

namespace Azure.Messaging.ServiceBus;

public class ServiceBusReceivedMessage
{
    internal const string ReasonProperty = Envelope.DeadLetterReason;
    internal const string DescriptionProperty = Envelope.DeadLetterErrorDescription;

    private readonly Envelope _envelope;
    private readonly Delivery _delivery;

    internal ServiceBusReceivedMessage(Delivery delivery)
    {
        _delivery = delivery;
        _envelope = delivery.Envelope;
        Body = new BinaryData(_envelope.Body);
        ApplicationProperties = new ReadOnlyDictionary<string, object>(_envelope.Properties);
    }

    public IReadOnlyDictionary<string, object> ApplicationProperties { get; }

    public BinaryData Body { get; }

    public string ContentType => _envelope.ContentType;

    public string CorrelationId => _envelope.CorrelationId;

    public string DeadLetterErrorDescription => TextProperty(DescriptionProperty);

    public string DeadLetterReason => TextProperty(ReasonProperty);

    public string DeadLetterSource => _delivery.DeadLetterSource;

    public int DeliveryCount => _delivery.DeliveryCount;

    public long EnqueuedSequenceNumber => _delivery.EnqueuedSequenceNumber;

    public DateTimeOffset EnqueuedTime => _delivery.EnqueuedTime;

    public DateTimeOffset ExpiresAt =>
        TimeToLive >= DateTimeOffset.MaxValue - EnqueuedTime ? DateTimeOffset.MaxValue : EnqueuedTime + TimeToLive;

    public string LockToken => _delivery.LockToken.ToString();

    public DateTimeOffset LockedUntil => _delivery.LockedUntil;

    public string MessageId => _envelope.MessageId;

    public string PartitionKey => _envelope.PartitionKey;

    public string ReplyTo => _envelope.ReplyTo;

    public string ReplyToSessionId => _envelope.ReplyToSessionId;

    public DateTimeOffset ScheduledEnqueueTime => _envelope.ScheduledEnqueueTime;

    public long SequenceNumber => _delivery.SequenceNumber;

    public string SessionId => _envelope.SessionId;

    public ServiceBusMessageState State => _delivery.State;

    public string Subject => _envelope.Subject;

    public TimeSpan TimeToLive => _envelope.TimeToLive;

    public string To => _envelope.To;

    public string TransactionPartitionKey => _envelope.TransactionPartitionKey;

    internal Guid LockTokenGuid => _delivery.LockToken;

    public override string ToString() => $"{{MessageId:{MessageId}}}";

    internal void SetLockedUntil(DateTimeOffset lockedUntil) => _delivery.LockedUntil = lockedUntil;

    private string TextProperty(string name) => ApplicationProperties.TryGetValue(name, out var value) ? value as string : null;
}
