using EReferrals.Http;
using EReferrals.Worklists.Snapshots;

namespace EReferrals.Worklists.Reading;

/// <summary>The response to a poll of a worklist. One of the nested records.</summary>
internal abstract record WorklistResponse
{
    private WorklistResponse()
    {
    }

    /// <summary>304: the caller already has this version.</summary>
    public sealed record NotModified(long Version, DateTimeOffset AsOf, ListSource Source) : WorklistResponse;

    /// <summary>200, from the tables.</summary>
    public sealed record Page(WorklistPage Content) : WorklistResponse;

    /// <summary>200, from a copy, because the tables do not respond.</summary>
    public sealed record Copy(WorklistPage Content, ListSource Source) : WorklistResponse;

    /// <summary>503: there is no copy, or the service sheds load.</summary>
    public sealed record Unavailable(Problem Problem) : WorklistResponse;

    /// <summary>
    /// Chooses between the copies that remain when the tables do not respond. A snapshot wins, unless this instance has shown a newer version since:
    /// entries that a reader has seen must not disappear.
    /// </summary>
    /// <param name="lastShown">The last page that this instance showed for the same query; null when there is none.</param>
    /// <param name="callerHas">Whether the caller already has a version of the list.</param>
    public static WorklistResponse FromCopies(ListCopy? snapshot, WorklistPage? lastShown, WorklistQuery query, Func<long, bool> callerHas)
    {
        if (snapshot is not null && !IsNewer(lastShown, snapshot)) return FromCopy(WorklistPages.From(snapshot.Read(), query), snapshot.Source, callerHas);
        return lastShown is not null ? FromCopy(lastShown, ListSource.Memory, callerHas) : new Unavailable(StaleList.Nowhere);
    }

    private static bool IsNewer(WorklistPage? page, ListCopy snapshot) => page is not null && page.Version > snapshot.Stored.Version;

    private static WorklistResponse FromCopy(WorklistPage page, ListSource source, Func<long, bool> callerHas) =>
        callerHas(page.Version) ? new NotModified(page.Version, page.AsOf, source) : new Copy(page, source);
}
