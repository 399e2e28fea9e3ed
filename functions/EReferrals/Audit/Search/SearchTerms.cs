using System.Text;
using System.Text.Json;
using EReferrals.Audit.Contents;
using EReferrals.Referrals.Values;

namespace EReferrals.Audit.Search;

/// <summary>What a search looks for in the audit trail. Pure.</summary>
internal sealed class SearchTerms
{
    private readonly byte[][] _needles;
    private readonly Func<AuditEntry, bool> _isMeant;

    // Every line of a meant entry contains one of the texts.
    private SearchTerms(IEnumerable<string> texts, Func<AuditEntry, bool> isMeant) =>
        (_needles, _isMeant) = ([.. texts.Select(Encoding.ASCII.GetBytes)], isMeant);

    /// <summary>Entries about a referral: they name its UBRN, the digest of that under any of the keys, or one of its files.</summary>
    /// <param name="to">Exclusive.</param>
    /// <param name="files">The ids of the referral's files: one that was read before the referral had it names no referral.</param>
    public static SearchTerms ForReferral(Ubrn ubrn, DateTimeOffset from, DateTimeOffset to, DigestKeys keys, IReadOnlyList<string> files)
    {
        var digests = keys.All.ToDictionary(key => key.Id, key => UbrnDigest.Of(ubrn, key));
        var ids = files.ToHashSet(StringComparer.Ordinal);
        return new SearchTerms([$"\"{ubrn}\"", .. digests.Values, .. files], entry => IsIn(entry, from, to) && Names(entry));

        bool Names(AuditEntry entry) =>
            entry.Ubrn == ubrn
            || (entry.Attachment is { } file && ids.Contains(file))
            || (entry.Shown is { } shown && digests.TryGetValue(shown.Key, out var digest) && shown.Has(digest));
    }

    /// <summary>Entries of the issue of links to one generation of a pack, with the referrals in it.</summary>
    /// <param name="to">Exclusive.</param>
    /// <param name="snapshot">The generation, with which the name of the link ends.</param>
    public static SearchTerms ForLink(string link, string snapshot, DateTimeOffset from, DateTimeOffset to) => new(
        [$"@{snapshot}\""],
        entry => entry is { What: AuditedAction.PackLinked, Shown: not null } && entry.Link == link && IsIn(entry, from, to));

    /// <summary>The entries in whole lines, each with the offset of the byte after it. A line that is no entry has none.</summary>
    public IEnumerable<(AuditEntry Entry, int End)> FindIn(ReadOnlyMemory<byte> lines)
    {
        foreach (var start in Candidates(lines.Span))
        {
            var length = lines.Span[start..].IndexOf((byte)'\n');
            if (Read(lines.Span.Slice(start, length)) is { } entry && _isMeant(entry)) yield return (entry, start + length + 1);
        }
    }

    // A read by a link counts when it happened, not when it was recorded.
    private static bool IsIn(AuditEntry entry, DateTimeOffset from, DateTimeOffset to)
    {
        var first = entry.ReadAt ?? entry.At;
        return first < to && (entry.ReadAt is null || entry.Range is null ? first : EndOfHour(first)) >= from;
    }

    // An entry that sums up reads has those of one hour.
    private static DateTimeOffset EndOfHour(DateTimeOffset instant) =>
        new DateTimeOffset(instant.UtcDateTime.Date, TimeSpan.Zero).AddHours(instant.UtcDateTime.Hour + 1).AddTicks(-1);

    // The starts of lines that contain one of the texts. To look for the texts is much faster than to read every line.
    private SortedSet<int> Candidates(ReadOnlySpan<byte> lines)
    {
        var starts = new SortedSet<int>();
        foreach (var needle in _needles)
        {
            for (var at = 0; lines[at..].IndexOf(needle) is var hit and >= 0;)
            {
                starts.Add(lines[..(at + hit)].LastIndexOf((byte)'\n') + 1);
                at += hit + needle.Length;
            }
        }

        return starts;
    }

    private static AuditEntry? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, AuditJson.Default.AuditEntry);
        }
        catch (JsonException)
        {
            // A line of the chain, or one that was tampered with. The verification of the day finds the latter.
            return null;
        }
    }
}
