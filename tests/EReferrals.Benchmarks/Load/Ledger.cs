using System.Collections.Concurrent;
using System.Diagnostics;

namespace EReferrals.Benchmarks.Load;

/// <summary>Records every accepted referral with the due time of its submission.</summary>
internal sealed class Ledger
{
    // People do not open a referral immediately after it arrives.
    private static readonly TimeSpan Ripe = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, long> _due = new();
    private readonly Lock _gate = new();
    private readonly List<Entry> _inOrder = [];

    public IReadOnlyDictionary<string, long> Due => _due;

    public void Accepted(string ubrn, string? group, TimeSpan agoWhenDue)
    {
        var now = Stopwatch.GetTimestamp();
        _due[ubrn] = now - (long)(agoWhenDue.TotalSeconds * Stopwatch.Frequency);
        lock (_gate) _inOrder.Add(new Entry(ubrn, group, now));
    }

    /// <summary>Returns the entry at this index, or null when it does not exist or is too recent.</summary>
    public Entry? At(int place)
    {
        lock (_gate)
        {
            return place < _inOrder.Count && Stopwatch.GetElapsedTime(_inOrder[place].Accepted) > Ripe ? _inOrder[place] : null;
        }
    }

    internal sealed record Entry(string Ubrn, string? Group, long Accepted);
}
