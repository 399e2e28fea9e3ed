using System.Text;
using System.Text.Json;
using EReferrals.Audit.Contents;
using EReferrals.Referrals.Values;

namespace EReferrals.Audit.Search;

/// <summary>What a search looks for: entries of a period that name a UBRN, its digest under any of the keys, or one of its files. Pure.</summary>
internal sealed class SearchTerms
{
    private readonly Ubrn _ubrn;
    private readonly DateTimeOffset _from;
    private readonly DateTimeOffset _to;
    private readonly Dictionary<string, string> _digests;
    private readonly HashSet<string> _files;
    private readonly byte[][] _needles;

    /// <param name="to">Exclusive.</param>
    /// <param name="files">The ids of the referral's files: one that was read before the referral had it names no referral.</param>
    public SearchTerms(Ubrn ubrn, DateTimeOffset from, DateTimeOffset to, DigestKeys keys, IReadOnlyList<string> files)
    {
        (_ubrn, _from, _to) = (ubrn, from, to);
        _digests = keys.All.ToDictionary(key => key.Id, key => UbrnDigest.Of(ubrn, key));
        _files = [.. files];
        _needles = [Encoding.ASCII.GetBytes($"\"{ubrn}\""), .. _digests.Values.Concat(files).Select(Encoding.ASCII.GetBytes)];
    }

    /// <summary>The entries in whole lines, each with the offset of the byte after it. A line that is no entry has none.</summary>
    public IEnumerable<(AuditEntry Entry, int End)> FindIn(ReadOnlyMemory<byte> lines)
    {
        foreach (var start in Candidates(lines.Span))
        {
            var length = lines.Span[start..].IndexOf((byte)'\n');
            if (Read(lines.Span.Slice(start, length)) is { } entry && Names(entry)) yield return (entry, start + length + 1);
        }
    }

    private bool Names(AuditEntry entry) =>
        entry.At >= _from && entry.At < _to
        && (entry.Ubrn == _ubrn
            || (entry.Attachment is { } file && _files.Contains(file))
            || (entry.Shown is { } shown && _digests.TryGetValue(shown.Key, out var digest) && shown.Has(digest)));

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
