using EReferrals.Audit.Contents;
using EReferrals.Overload;

namespace EReferrals.Audit.Search;

/// <summary>Finds in the audit trail which referrals a generation of a pack shows that is gone: each issue of a link to it recorded their digests.</summary>
public sealed class LinkSearch(AuditSearch search, LargeAnswers large, TimeProvider clock)
{
    // Clocks of the app and of the storage account differ.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    // The snapshot is made for a link, whose issue is recorded a moment later. If that request stopped, a later one used the snapshot, at most a day later:
    // afterwards it is too old for a new link.
    private static readonly TimeSpan[] IssuedWithin = [TimeSpan.FromMinutes(10), TimeSpan.FromHours(25)];

    // For a trail of a gigabyte an hour.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>The referrals in the generation; null when the trail has no issue of a link to it, or when the search takes too long.</summary>
    /// <param name="link">As the entry of its issue names it.</param>
    /// <param name="snapshot">The generation, with which the name of the link ends.</param>
    /// <param name="made">When that snapshot was made.</param>
    internal async Task<IReadOnlyList<ShownReferrals>?> FindAsync(string link, string snapshot, DateTimeOffset made, CancellationToken cancellationToken)
    {
        using var place = await large.EnterAsync(AuditSearch.Memory, cancellationToken);
        var begun = clock.GetTimestamp();
        foreach (var within in IssuedWithin)
        {
            if (await FindAsync(link, snapshot, (made - Skew, made + within), begun, cancellationToken) is { } found) return found;
        }

        return null;
    }

    private async Task<IReadOnlyList<ShownReferrals>?> FindAsync(
        string link, string snapshot, (DateTimeOffset From, DateTimeOffset To) period, long begun, CancellationToken cancellationToken)
    {
        var terms = SearchTerms.ForLink(link, snapshot, period.From, period.To);
        var found = new List<AuditEntry>();
        SearchPlace? place = null;
        do
        {
            // One by one: most issues have one entry.
            var part = await search.SearchAsync(terms, period.From, period.To, place, limit: 1, cancellationToken);
            found.AddRange(part.Found);
            if (part.Found.Count > 0 && WholeOf(found) is { } whole) return whole;
            place = part.Next;
        }
        while (place is not null && clock.GetElapsedTime(begun) < Limit);
        return null;
    }

    // The entries of one issue, which has several for many referrals. Null while some of them are missing.
    private static ShownReferrals[]? WholeOf(IEnumerable<AuditEntry> entries) => entries
        .GroupBy(entry => entry.RequestId, entry => entry.Shown!, StringComparer.Ordinal)
        .Select(issue => issue.DistinctBy(shown => shown.Part).ToArray())
        .FirstOrDefault(parts => parts.Sum(shown => shown.Digests.Length / UbrnDigest.Length) == parts[0].Count);
}
