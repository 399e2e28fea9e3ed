using System.Text.Json.Serialization;

namespace EReferrals.Status.Canary;

/// <summary>What the canary says of the service.</summary>
/// <param name="AcceptToWorklistMs">Of the latest one that arrived.</param>
/// <param name="P95">Of the last hour, in milliseconds.</param>
public sealed record CanaryStatus(CanaryState State, DateTimeOffset? LastSeen, double? AcceptToWorklistMs, double? P95)
{
    public static readonly TimeSpan MissingAfter = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan SlowAfter = TimeSpan.FromMinutes(1);

    // Twice as often as it is written. What is older says nothing of now: the canaries may arrive and only the record of them be out of reach.
    private static readonly TimeSpan KnownFor = TimeSpan.FromMinutes(2);

    public static CanaryStatus Off { get; } = new(CanaryState.Off, null, null, null);

    /// <param name="readAt">When the history was last read; null when it never could be.</param>
    /// <param name="startedAt">When this instance started: the first canary of all has as long to arrive as every other.</param>
    public static CanaryStatus From(CanaryHistory history, DateTimeOffset? readAt, DateTimeOffset startedAt, DateTimeOffset now)
    {
        var state = now - readAt is not { } age || age > KnownFor ? CanaryState.Unknown
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

    /// <summary>None has arrived yet, and it is too early to worry.</summary>
    Starting,

    Slow,

    /// <summary>None for five minutes: what is sent does not reach its worklist.</summary>
    Missing,

    /// <summary>The record of it cannot be read.</summary>
    Unknown,

    /// <summary>Switched off by a setting.</summary>
    Off,
}
