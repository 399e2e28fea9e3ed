#nullable disable
using Azure.Messaging.ServiceBus.Administration;
using EReferrals.LocalRuntime.Broker;

namespace Azure.Messaging.ServiceBus;

public static class ServiceBusModelFactory
{
    public static ServiceBusReceivedMessage ServiceBusReceivedMessage(
        BinaryData body = default,
        string messageId = default,
        string partitionKey = default,
        string viaPartitionKey = default,
        string sessionId = default,
        string replyToSessionId = default,
        TimeSpan timeToLive = default,
        string correlationId = default,
        string subject = default,
        string to = default,
        string contentType = default,
        string replyTo = default,
        DateTimeOffset scheduledEnqueueTime = default,
        IDictionary<string, object> properties = default,
        Guid lockTokenGuid = default,
        int deliveryCount = default,
        DateTimeOffset lockedUntil = default,
        long sequenceNumber = -1,
        string deadLetterSource = default,
        long enqueuedSequenceNumber = default,
        DateTimeOffset enqueuedTime = default,
        ServiceBusMessageState serviceBusMessageState = ServiceBusMessageState.Active)
    {
        var message = new ServiceBusMessage(body ?? new BinaryData(Array.Empty<byte>()))
        {
            ContentType = contentType,
            CorrelationId = correlationId,
            PartitionKey = partitionKey,
            ReplyTo = replyTo,
            ReplyToSessionId = replyToSessionId,
            ScheduledEnqueueTime = scheduledEnqueueTime,
            SessionId = sessionId,
            Subject = subject,
            To = to,
            TransactionPartitionKey = viaPartitionKey,
        };
        if (messageId is not null)
        {
            message.MessageId = messageId;
        }
        if (timeToLive != default)
        {
            message.TimeToLive = timeToLive;
        }
        foreach (var (key, value) in properties ?? new Dictionary<string, object>())
        {
            message.ApplicationProperties.Add(key, value);
        }
        return new ServiceBusReceivedMessage(new Delivery
        {
            Envelope = Envelope.From(message),
            SequenceNumber = sequenceNumber,
            EnqueuedSequenceNumber = enqueuedSequenceNumber,
            EnqueuedTime = enqueuedTime,
            DeliveryCount = deliveryCount,
            LockToken = lockTokenGuid,
            LockedUntil = lockedUntil,
            DeadLetterSource = deadLetterSource,
            State = serviceBusMessageState,
        });
    }

    public static ServiceBusMessageBatch ServiceBusMessageBatch(
        long batchSizeBytes,
        IList<ServiceBusMessage> batchMessageStore,
        CreateMessageBatchOptions batchOptions = default,
        Func<ServiceBusMessage, bool> tryAddCallback = default) =>
        new(batchSizeBytes, batchMessageStore, batchOptions?.MaxSizeInBytes ?? long.MaxValue, tryAddCallback);

    public static QueueRuntimeProperties QueueRuntimeProperties(
        string name,
        long activeMessageCount = default,
        long scheduledMessageCount = default,
        long deadLetterMessageCount = default,
        long transferDeadLetterMessageCount = default,
        long transferMessageCount = default,
        long totalMessageCount = default,
        long sizeInBytes = default,
        DateTimeOffset createdAt = default,
        DateTimeOffset updatedAt = default,
        DateTimeOffset accessedAt = default) =>
        new(name)
        {
            ActiveMessageCount = activeMessageCount,
            ScheduledMessageCount = scheduledMessageCount,
            DeadLetterMessageCount = deadLetterMessageCount,
            TransferDeadLetterMessageCount = transferDeadLetterMessageCount,
            TransferMessageCount = transferMessageCount,
            TotalMessageCount = totalMessageCount,
            SizeInBytes = sizeInBytes,
            CreatedAt = createdAt,
            UpdatedAt = updatedAt,
            AccessedAt = accessedAt,
        };
}
