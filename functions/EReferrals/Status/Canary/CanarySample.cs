using System.Text.Json.Serialization;
using EReferrals.Messaging.Monitoring;
using EReferrals.Referrals.Values;

namespace EReferrals.Status.Canary;

/// <summary>The result of one canary run.</summary>
/// <param name="At">When the run ended. Identifies the run, because no two runs end at the same time.</param>
/// <param name="Milliseconds">The time from acceptance to the worklist; null when the canary did not arrive in time or was refused.</param>
/// <param name="Waiting">The number of messages that waited on all queues; null when unknown.</param>
/// <param name="OldestSeconds">How long the oldest of them had waited; null when unknown.</param>
/// <param name="Awaited">The canary that was accepted but had not arrived when the run ended; else null.</param>
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
