namespace EReferrals.Resilience;

/// <summary>Some parts of a timer failed. The others completed.</summary>
public sealed class TimerPartsFailedException(IReadOnlyList<string> names, AggregateException failures)
    : Exception($"These parts of the timer failed: {string.Join(", ", names)}.", failures)
{
    public IReadOnlyList<string> Names { get; } = names;
}
