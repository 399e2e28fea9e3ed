namespace EReferrals.Benchmarks.Processes;

/// <summary>Resources that the processes of the measured system have used: processor seconds since their starts, and resident megabytes.</summary>
internal sealed record ProcessUse(IReadOnlyDictionary<ProcessRole, double> Seconds, IReadOnlyDictionary<ProcessRole, double> Megabytes)
{
    public static ProcessUse None { get; } = new(new Dictionary<ProcessRole, double>(), new Dictionary<ProcessRole, double>());

    /// <summary>Adds the resources of one more process.</summary>
    public ProcessUse With(ProcessRole role, double seconds, double megabytes) => new(Sum(Seconds, role, seconds), Sum(Megabytes, role, megabytes));

    /// <summary>Returns microseconds of processor time since <paramref name="before"/>, divided by the number of things.</summary>
    public double Microseconds(ProcessUse before, ProcessRole role, double things) =>
        (Seconds.GetValueOrDefault(role) - before.Seconds.GetValueOrDefault(role)) * 1e6 / things;

    private static Dictionary<ProcessRole, double> Sum(IReadOnlyDictionary<ProcessRole, double> sums, ProcessRole role, double more) =>
        new(sums) { [role] = sums.GetValueOrDefault(role) + more };
}
