using System.Text.Json.Serialization;
using EReferrals.Status.Canary;

namespace EReferrals.Status.Health;

public sealed record ComponentStatus(string Name, ComponentState State, string Detail)
{
    public const string Tables = "tables";
    public const string RecordsBlobs = "attachments";
    public const string ContingencyBlobs = "snapshots";
    public const string ServiceBus = "service-bus";
    public const string StartUp = "start-up";
    public const string QueueCounts = "queue-counts";
    public const string Canary = "canary";

    public static ComponentStatus From(CanaryStatus canary) => canary.State switch
    {
        CanaryState.Arriving => new ComponentStatus(Canary, ComponentState.Ok, "Test referrals reach their worklist."),
        CanaryState.Starting => new ComponentStatus(Canary, ComponentState.Ok, "The first test referral has not arrived yet."),
        CanaryState.Slow => new ComponentStatus(Canary, ComponentState.Fail, "Test referrals reach their worklist late."),
        CanaryState.Missing => new ComponentStatus(Canary, ComponentState.Fail, "No test referral has reached its worklist for 5 minutes."),
        CanaryState.Unknown => new ComponentStatus(Canary, ComponentState.Fail, "It is not known whether test referrals arrive: their record cannot be read."),
        CanaryState.Off => new ComponentStatus(Canary, ComponentState.Ok, "Test referrals are switched off."),
        _ => throw new ArgumentOutOfRangeException(nameof(canary), canary.State, "This state has no description."),
    };
}

[JsonConverter(typeof(LowerCaseConverter<ComponentState>))]
public enum ComponentState
{
    Ok,
    Fail,
}
