using System.Text.Json.Serialization;

namespace EReferrals.Status.Canary;

/// <summary>The last day of canaries, oldest first. Pure.</summary>
/// <param name="LastSeen">When one was seen to arrive the last time, however long ago.</param>
public sealed record CanaryHistory(DateTimeOffset? LastSeen, IReadOnlyList<CanarySample> Samples)
{
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    public static CanaryHistory Empty { get; } = new(null, []);

    /// <summary>How long the latest one took that arrived.</summary>
    [JsonIgnore]
    public double? LastMilliseconds => Samples.LastOrDefault(sample => sample.Milliseconds is not null)?.Milliseconds;

    /// <summary>
    /// With one more run; the same run twice is one. A late canary counts once, and only if it was waited for: one that cannot be taken off its
    /// list is found by every run, and proves nothing.
    /// </summary>
    public CanaryHistory With(CanaryRun run)
    {
        if (Samples.Any(sample => sample.At == run.Sample.At)) return this;
        var arrivedLate = false;
        var samples = new List<CanarySample>(Samples.Count + 1);
        foreach (var sample in Samples.Where(sample => run.Sample.At - sample.At <= Kept))
        {
            var isLate = sample is { Milliseconds: null, Awaited: { } awaited } && run.Late.ContainsKey(awaited);
            arrivedLate |= isLate;
            samples.Add(isLate ? sample with { Milliseconds = Math.Round(run.Late[sample.Awaited!.Value].TotalMilliseconds), Awaited = null } : sample);
        }

        samples.Add(run.Sample);
        return new CanaryHistory(arrivedLate || run.Sample.Milliseconds is not null ? run.Sample.At : LastSeen, samples);
    }

    /// <summary>Of twenty that arrived in the last hour nineteen took no longer than this.</summary>
    public double? P95(DateTimeOffset now)
    {
        var arrived = Samples.Where(sample => now - sample.At <= TimeSpan.FromHours(1)).Select(sample => sample.Milliseconds).OfType<double>().Order().ToArray();
        return arrived.Length == 0 ? null : arrived[(int)Math.Ceiling(arrived.Length * 0.95) - 1];
    }
}
