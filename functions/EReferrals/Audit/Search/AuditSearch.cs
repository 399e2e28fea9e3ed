using System.Globalization;
using EReferrals.Storage.Blobs;

namespace EReferrals.Audit.Search;

/// <summary>
/// Searches the audit trail of a period in both accounts. Every entry is complete by itself, so a search reads each byte once and can stop and go on at any
/// line. An entry is in a blob of its hour or of the next one, or in a drained blob of a later hour when it waited on the queue or is about a read by a link.
/// </summary>
public sealed class AuditSearch(AuditBytes trail, TimeProvider clock)
{
    /// <summary>How long after its period an entry that was recorded late is searched for.</summary>
    internal static readonly TimeSpan DrainedWithin = TimeSpan.FromDays(14);

    /// <summary>The memory that a search needs: the part that it reads, and the copies that the client makes of it.</summary>
    internal const long Memory = 4 * Chunk;

    private const int Chunk = 4 * 1024 * 1024;
    private const string Drained = "-drained";

    // yyyy/MM/dd/HH
    private const int HourLength = 13;

    // A request has eight seconds, and its audit entry and its answer need some of them.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    /// <summary>The next entries from a place on, in the order of the trail.</summary>
    /// <param name="after">Null for the first ones.</param>
    /// <exception cref="InvalidDataException">A line is longer than any that this service writes.</exception>
    internal async Task<SearchedPart> SearchAsync(
        SearchTerms terms, DateTimeOffset from, DateTimeOffset to, SearchPlace? after, int limit, CancellationToken cancellationToken)
    {
        var (begun, found, seen) = (clock.GetTimestamp(), new List<AuditEntry>(), new HashSet<Guid>());
        var last = DateOnly.FromDateTime(Earlier(clock.GetUtcNow(), to + DrainedWithin).UtcDateTime);
        var place = after ?? new SearchPlace(DateOnly.FromDateTime(from.UtcDateTime), Account: 0, "", Offset: 0);
        while (place.Day <= last)
        {
            foreach (var name in await trail.NamesAsync(place.Account, place.Day, cancellationToken))
            {
                if (string.CompareOrdinal(name, place.Name) < 0 || !MayHave(name, from, to)) continue;
                if (name != place.Name) place = place with { Name = name, Offset = 0 };
                while (await ReadAsync(terms, place, limit - found.Count, cancellationToken) is { } part)
                {
                    found.AddRange(part.Found.Where(entry => seen.Add(entry.Id)));
                    place = place with { Offset = part.End };
                    if (found.Count >= limit || IsLate()) return new SearchedPart(found, place);
                }
            }

            place = place.NextAccount();
            if (IsLate() && place.Day <= last) return new SearchedPart(found, place);
        }

        return new SearchedPart(found, Next: null);

        bool IsLate() => clock.GetElapsedTime(begun) > Limit;
    }

    // Null at the end of the blob. What is after its last line feed is still being written.
    private async Task<Part?> ReadAsync(SearchTerms terms, SearchPlace place, int limit, CancellationToken cancellationToken)
    {
        var bytes = await trail.ReadAsync(place.Account, place.Name, place.Offset, Chunk, cancellationToken);
        var whole = bytes[..(bytes.Span.LastIndexOf((byte)'\n') + 1)];
        if (whole.IsEmpty) return bytes.Length < Chunk ? null : throw new InvalidDataException($"A line of {place.Name} is longer than {Chunk} bytes.");
        var found = terms.FindIn(whole).Take(limit).ToArray();
        var end = found.Length == limit ? found[^1].End : whole.Length;
        return new Part([.. found.Select(one => one.Entry)], place.Offset + end);
    }

    private static bool MayHave(string name, DateTimeOffset from, DateTimeOffset to)
    {
        var hour = name[..Math.Min(name.Length, HourLength)];
        return string.CompareOrdinal(hour, HourOf(from)) >= 0
            && (string.CompareOrdinal(hour, HourOf(to.AddHours(1))) <= 0 || name.Contains(Drained, StringComparison.Ordinal));
    }

    private static string HourOf(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy'/'MM'/'dd'/'HH", CultureInfo.InvariantCulture);

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private sealed record Part(IReadOnlyList<AuditEntry> Found, long End);
}

/// <param name="Next">Where to go on; null when everything was searched.</param>
internal sealed record SearchedPart(IReadOnlyList<AuditEntry> Found, SearchPlace? Next);
