using System.Text.Json.Serialization;
using EReferrals.Messaging;
using EReferrals.Referrals.Values;

namespace EReferrals.Status.Canary;

/// <summary>What one run of the canary saw.</summary>
/// <param name="At">When the run ended; no two runs end at once.</param>
/// <param name="Milliseconds">From its acceptance until it stood on its worklist; null when it has not arrived, or was not accepted.</param>
/// <param name="Waiting">How many messages waited on all queues; null when that is not known.</param>
/// <param name="OldestSeconds">How long the first of them had waited.</param>
/// <param name="Awaited">The canary that was accepted and had not arrived when the run ended.</param>
public sealed record CanarySample(
    DateTimeOffset At,
    [property: JsonPropertyName("ms")] double? Milliseconds,
    long? Waiting,
    [property: JsonPropertyName("oldest")] double? OldestSeconds,
    Ubrn? Awaited = null)
{
    public static CanarySample From(DateTimeOffset now, TimeSpan? took, Ubrn? awaited, IReadOnlyList<QueueDepth> queues) => new(
        now,
        took is { } span ? Math.Round(span.TotalMilliseconds) : null,
        queues.Count > 0 && queues.All(queue => queue.Active is not null) ? queues.Sum(queue => queue.Active) : null,
        queues.Max(queue => queue.OldestAgeSeconds),
        awaited);
}

/// <param name="Late">Canaries that were found on the worklist when this run began, and how long they had taken until then.</param>
public sealed record CanaryRun(CanarySample Sample, IReadOnlyDictionary<Ubrn, TimeSpan> Late);
