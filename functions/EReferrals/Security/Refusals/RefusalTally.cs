using EReferrals.Audit;

namespace EReferrals.Security.Refusals;

/// <summary>
/// Counts the refusals of one minute that get no audit entry of their own. <see cref="Take"/> sums them up: one entry with a count for each caller and reason.
/// </summary>
/// <param name="most">The most sums. Those beyond it become one sum, so that callers with many addresses do not fill the memory or the audit trail.</param>
internal sealed class RefusalTally(int most)
{
    private readonly Lock _lock = new();
    private Dictionary<Reason, Sum> _sums = [];

    /// <summary>Whether this is the first refusal of its kind since the last <see cref="Take"/>, which gets an entry of its own. Counts the others.</summary>
    public bool IsFirst(string by, AuditEntry entry)
    {
        lock (_lock)
        {
            var reason = Reason.Of(by, entry);
            if (_sums.TryGetValue(reason, out var sum))
            {
                sum.Count++;
                return false;
            }

            if (_sums.Count < most) _sums[reason] = new Sum(entry);
            return true;
        }
    }

    /// <summary>Counts a refusal over the limit, whatever it was about.</summary>
    public void Add(string by, AuditEntry entry, int count = 1)
    {
        var about = entry with { Ubrn = null, Attachment = null, Worklist = null };
        lock (_lock)
        {
            var reason = Reason.Of(by, about);
            if (!_sums.TryGetValue(reason, out var sum))
            {
                if (_sums.Count >= most)
                {
                    about = about with { User = null, Organisation = null, Role = null, OnBehalfOf = null, Source = "others" };
                    reason = Reason.Of("", about);
                }

                if (!_sums.TryGetValue(reason, out sum)) _sums[reason] = sum = new Sum(about);
            }

            sum.Count += count;
        }
    }

    /// <summary>The sums so far, each as one entry with its count. Begins again from zero.</summary>
    public IReadOnlyList<AuditEntry> Take()
    {
        lock (_lock)
        {
            var sums = _sums.Values;
            _sums = [];
            return [.. sums.Where(sum => sum.Count > 0).Select(sum => sum.Entry with { Count = sum.Count })];
        }
    }

    private sealed record Reason(
        string By, string Function, string Outcome, string? Organisation, string? Role, string? About)
    {
        public static Reason Of(string by, AuditEntry entry) => new(
            by, entry.Function, entry.Outcome, entry.Organisation, entry.Role, entry.Ubrn?.ToString() ?? entry.Attachment ?? entry.Worklist);
    }

    private sealed class Sum(AuditEntry entry)
    {
        public AuditEntry Entry { get; } = entry;

        public int Count { get; set; }
    }
}
