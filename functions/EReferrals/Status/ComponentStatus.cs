using System.Text.Json.Serialization;

namespace EReferrals.Status;

public sealed record ComponentStatus(string Name, ComponentState State, string Detail)
{
    public const string Tables = "tables";
    public const string RecordsBlobs = "attachments";
    public const string ContingencyBlobs = "snapshots";
    public const string ServiceBus = "service-bus";
    public const string StartUp = "start-up";
    public const string QueueCounts = "queue-counts";
}

[JsonConverter(typeof(LowerCaseConverter<ComponentState>))]
public enum ComponentState
{
    Ok,
    Fail,
}
