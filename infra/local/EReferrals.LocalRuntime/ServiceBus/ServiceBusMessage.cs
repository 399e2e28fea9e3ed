#nullable disable
namespace Azure.Messaging.ServiceBus;

public class ServiceBusMessage
{
    private BinaryData _body;
    private string _messageId;
    private string _sessionId;
    private string _partitionKey;
    private string _transactionPartitionKey;
    private string _replyToSessionId;
    private TimeSpan _timeToLive = TimeSpan.MaxValue;

    public ServiceBusMessage()
        : this(new BinaryData(Array.Empty<byte>()))
    {
    }

    public ServiceBusMessage(string body)
        : this(new BinaryData(body))
    {
    }

    public ServiceBusMessage(ReadOnlyMemory<byte> body)
        : this(BinaryData.FromBytes(body))
    {
    }

    public ServiceBusMessage(BinaryData body) => Body = body;

    public ServiceBusMessage(ServiceBusReceivedMessage receivedMessage)
    {
        Check.NotNull(receivedMessage, nameof(receivedMessage));
        Body = receivedMessage.Body;
        _messageId = receivedMessage.MessageId;
        _sessionId = receivedMessage.SessionId;
        _partitionKey = receivedMessage.PartitionKey;
        _transactionPartitionKey = receivedMessage.TransactionPartitionKey;
        _replyToSessionId = receivedMessage.ReplyToSessionId;
        _timeToLive = receivedMessage.TimeToLive;
        ContentType = receivedMessage.ContentType;
        CorrelationId = receivedMessage.CorrelationId;
        ReplyTo = receivedMessage.ReplyTo;
        ScheduledEnqueueTime = receivedMessage.ScheduledEnqueueTime;
        Subject = receivedMessage.Subject;
        To = receivedMessage.To;
        foreach (var (key, value) in receivedMessage.ApplicationProperties)
        {
            if (key is not (ServiceBusReceivedMessage.ReasonProperty or ServiceBusReceivedMessage.DescriptionProperty))
            {
                ApplicationProperties.Add(key, value);
            }
        }
    }

    public IDictionary<string, object> ApplicationProperties { get; } = new Dictionary<string, object>();

    public BinaryData Body
    {
        get => _body;
        set => _body = Check.NotNull(value, nameof(Body));
    }

    public string ContentType { get; set; }

    public string CorrelationId { get; set; }

    public string MessageId
    {
        get => _messageId;
        set => _messageId = Check.AtMost(Check.NotEmpty(value, nameof(MessageId)), 128, nameof(MessageId));
    }

    public string PartitionKey
    {
        get => _partitionKey;
        set
        {
            Check.AtMost(value, 128, nameof(PartitionKey));
            ThrowIfDifferent(value, _sessionId, nameof(PartitionKey));
            _partitionKey = value;
        }
    }

    public string ReplyTo { get; set; }

    public string ReplyToSessionId
    {
        get => _replyToSessionId;
        set => _replyToSessionId = Check.AtMost(value, 128, nameof(ReplyToSessionId));
    }

    public DateTimeOffset ScheduledEnqueueTime { get; set; }

    public string SessionId
    {
        get => _sessionId;
        set
        {
            Check.AtMost(value, 128, nameof(SessionId));
            ThrowIfDifferent(value, _partitionKey, nameof(SessionId));
            _sessionId = value;
        }
    }

    public string Subject { get; set; }

    public TimeSpan TimeToLive
    {
        get => _timeToLive;
        set => _timeToLive = Check.InRange(value, TimeSpan.FromTicks(1), TimeSpan.MaxValue, nameof(TimeToLive));
    }

    public string To { get; set; }

    public string TransactionPartitionKey
    {
        get => _transactionPartitionKey;
        set => _transactionPartitionKey = Check.AtMost(value, 128, nameof(TransactionPartitionKey));
    }

    public override string ToString() => $"{{MessageId:{MessageId}}}";

    private static void ThrowIfDifferent(string value, string other, string name)
    {
        if (value is not null && other is not null && value != other)
        {
            throw new ArgumentOutOfRangeException(name, "SessionId and PartitionKey must be the same when both are set.");
        }
    }
}
