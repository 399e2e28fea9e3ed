using EReferrals.Referrals.Values;
using EReferrals.Security.Keys;

namespace EReferrals.Audit.Contents;

/// <summary>
/// The referrals that an answer shows. Kept with a cached answer, it computes their digests once for each key: a list that is read a thousand times a second
/// is not hashed again for each reader.
/// </summary>
public sealed class ListedReferrals
{
    /// <summary>The most digests of one entry: 36 KB. With the entries before it in its batch, it must fit into a Service Bus message of 256 KB.</summary>
    internal const int MostInOneEntry = 3_000;

    // The numbers one after another, because a list object for each would need four times the memory.
    private readonly string _ubrns;
    private volatile Digested? _digested;

    private ListedReferrals(string ubrns) => _ubrns = ubrns;

    public static ListedReferrals None { get; } = new("");

    public int Count => _ubrns.Length / Ubrn.Length;

    /// <summary>The memory that it needs, in bytes, with its digests.</summary>
    internal int Size => 2 * (Ubrn.Length + UbrnDigest.Length) * Count;

    /// <summary>Each referral counts once.</summary>
    public static ListedReferrals From(IEnumerable<Ubrn> ubrns)
    {
        var distinct = string.Concat(ubrns.Distinct().Select(ubrn => ubrn.ToString()));
        return distinct.Length == 0 ? None : new ListedReferrals(distinct);
    }

    /// <summary>What the audit trail records of them: one part for each entry, and at least one.</summary>
    internal IReadOnlyList<ShownReferrals> By(DatedKey key)
    {
        if (_digested is { } known && known.Key == key.Id) return known.Parts;
        var parts = Digest(key);
        _digested = new Digested(key.Id, parts);
        return parts;
    }

    private ShownReferrals[] Digest(DatedKey key)
    {
        var parts = new ShownReferrals[Math.Max(1, (Count + MostInOneEntry - 1) / MostInOneEntry)];
        for (var part = 0; part < parts.Length; part++)
        {
            var first = part * MostInOneEntry;
            var count = Math.Min(MostInOneEntry, Count - first);
            var digests = string.Create(count * UbrnDigest.Length, (_ubrns, key, first), (text, of) =>
            {
                for (var at = 0; at < text.Length / UbrnDigest.Length; at++)
                {
                    var ubrn = of._ubrns.AsSpan((of.first + at) * Ubrn.Length, Ubrn.Length);
                    UbrnDigest.Write(ubrn, of.key, text.Slice(at * UbrnDigest.Length, UbrnDigest.Length));
                }
            });
            parts[part] = new ShownReferrals(Count, key.Id, digests) { Part = parts.Length == 1 ? null : part + 1 };
        }

        return parts;
    }

    private sealed record Digested(string Key, IReadOnlyList<ShownReferrals> Parts);
}
