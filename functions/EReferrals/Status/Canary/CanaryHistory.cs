using System.Text.Json.Serialization;

namespace EReferrals.Status.Canary;

/// <summary>The canary samples of the last 24 hours, oldest first. Pure.</summary>
/// <param name="LastSeen">When a canary last arrived, however long ago; null when none ever arrived.</param>
public sealed record CanaryHistory(DateTimeOffset? LastSeen, IReadOnlyList<CanarySample> Samples)
{
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    public static CanaryHistory Empty { get; } = new(null, []);

    /// <summary>The time of the latest canary that arrived; null when none arrived.</summary>
    [JsonIgnore]
    public double? LastMilliseconds => Samples.LastOrDefault(sample => sample.Milliseconds is not null)?.Milliseconds;

    /// <summary>
    /// Adds a run. Adding the same run again changes nothing. A late canary counts once, and only for the sample that still awaits it: every run finds a
    /// canary that cannot be removed from its list, and that proves nothing.
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

    /// <summary>The 95th percentile of the last hour's arrival times, in milliseconds; null when no canary arrived.</summary>
    public double? P95(DateTimeOffset now)
    {
        var arrived = Samples.Where(sample => now - sample.At <= TimeSpan.FromHours(1))
            .Select(sample => sample.Milliseconds)
            .OfType<double>()
            .Order()
            .ToArray();
        return arrived.Length == 0 ? null : arrived[(int)Math.Ceiling(arrived.Length * 0.95) - 1];
    }
}
