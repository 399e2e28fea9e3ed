using System.Text.Json.Serialization;

namespace EReferrals.Status.Canary;

/// <summary>The state of the service according to the canary.</summary>
/// <param name="AcceptToWorklistMs">The time of the latest canary that arrived, in milliseconds.</param>
/// <param name="P95">The 95th percentile of the last hour, in milliseconds.</param>
public sealed record CanaryStatus(CanaryState State, DateTimeOffset? LastSeen, double? AcceptToWorklistMs, double? P95)
{
    public static readonly TimeSpan MissingAfter = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan SlowAfter = TimeSpan.FromMinutes(1);

    // Two intervals between canaries. An older record says nothing about now: canaries may arrive while only their record is unreachable.
    private static readonly TimeSpan RecordLifetime = TimeSpan.FromMinutes(2);

    public static CanaryStatus Off { get; } = new(CanaryState.Off, null, null, null);

    /// <param name="readAt">When the history was last read; null when it was never read.</param>
    /// <param name="startedAt">When this instance started: the very first canary has as much time to arrive as any other.</param>
    public static CanaryStatus From(CanaryHistory history, DateTimeOffset? readAt, DateTimeOffset startedAt, DateTimeOffset now)
    {
        var state = now - readAt is not { } age || age > RecordLifetime ? CanaryState.Unknown
            : now - (history.LastSeen ?? startedAt) > MissingAfter ? CanaryState.Missing
            : history.LastSeen is null ? CanaryState.Starting
            : history.LastMilliseconds > SlowAfter.TotalMilliseconds ? CanaryState.Slow
            : CanaryState.Arriving;
        return new CanaryStatus(state, history.LastSeen, history.LastMilliseconds, history.P95(now));
    }
}

[JsonConverter(typeof(LowerCaseConverter<CanaryState>))]
public enum CanaryState
{
    Arriving,

    /// <summary>No canary has arrived yet, but the service has only just started.</summary>
    Starting,

    Slow,

    /// <summary>No canary has arrived for five minutes: new referrals do not reach their worklists.</summary>
    Missing,

    /// <summary>The record of the canaries cannot be read.</summary>
    Unknown,

    /// <summary>Switched off by a setting.</summary>
    Off,
}
