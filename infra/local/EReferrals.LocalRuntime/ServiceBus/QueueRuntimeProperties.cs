#nullable disable
namespace Azure.Messaging.ServiceBus.Administration;

public class QueueRuntimeProperties
{
    internal QueueRuntimeProperties(string name) => Name = name;

    public string Name { get; }

    public long ActiveMessageCount { get; internal set; }

    public long ScheduledMessageCount { get; internal set; }

    public long DeadLetterMessageCount { get; internal set; }

    public long TransferDeadLetterMessageCount { get; internal set; }

    public long TransferMessageCount { get; internal set; }

    public long TotalMessageCount { get; internal set; }

    public long SizeInBytes { get; internal set; }

    public DateTimeOffset CreatedAt { get; internal set; }

    public DateTimeOffset UpdatedAt { get; internal set; }

    public DateTimeOffset AccessedAt { get; internal set; }
}
