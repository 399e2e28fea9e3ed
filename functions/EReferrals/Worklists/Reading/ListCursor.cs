using System.Globalization;
using EReferrals.Http.Paging;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;

namespace EReferrals.Worklists.Reading;

/// <summary>
/// A position in a worklist, and the position in its change feed at which the reading began. It remains valid while the list changes, because it is a
/// sort key and not a count.
/// </summary>
internal sealed record ListCursor(WorklistFilter Filter, string AfterSortKey, ChangesCursor Changes)
{
    public string Sign(CursorKeys keys) => From(keys, Changes.Worklist, Filter).Encode([AfterSortKey, .. Changes.Place]);

    /// <summary>Null when the text is not a cursor for this list with these filters.</summary>
    public static ListCursor? Parse(string text, CursorKeys keys, WorklistName worklist, WorklistFilter filter) =>
        From(keys, worklist, filter).Decode(text) is [var key, .. var rest] && ChangesCursor.Read(worklist, rest) is { } changes
            ? new ListCursor(filter, key, changes)
            : null;

    private static Cursor From(CursorKeys keys, WorklistName worklist, WorklistFilter filter) => Cursor.Create(
        keys, "list", worklist.ToString(), filter.Service, filter.Specialty, filter.Priority is { } priority ? Code.From(priority) : null, filter.Clinician);
}

/// <summary>
/// A position in the change feed of a worklist: the reader has everything up to list version <paramref name="Version"/>, and the first
/// <paramref name="Offset"/> changes of the next version.
/// </summary>
/// <param name="At">When the reader last had every change. The feed keeps changes for seven days.</param>
internal sealed record ChangesCursor(WorklistName Worklist, long Version, int Offset, DateTimeOffset At)
{
    public string[] Place =>
    [
        Version.ToString(CultureInfo.InvariantCulture),
        Offset.ToString(CultureInfo.InvariantCulture),
        At.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
    ];

    public string Sign(CursorKeys keys) => From(keys, Worklist).Encode(Place);

    /// <summary>Null when the text is not a cursor for the change feed of this list.</summary>
    public static ChangesCursor? Parse(string text, CursorKeys keys, WorklistName worklist) =>
        From(keys, worklist).Decode(text) is { } place ? Read(worklist, place) : null;

    /// <summary>Whether the text may be a cursor for a feed in the format of another release of this service, or one whose key was retired.</summary>
    public static bool IsOutdated(string text, CursorKeys keys, WorklistName worklist) => From(keys, worklist).IsOutdated(text);

    public static ChangesCursor? Read(WorklistName worklist, string[] place) =>
        place is [var version, var offset, var at]
        && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var atVersion) && atVersion < 1_000_000_000_000
        && int.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var atOffset) && atOffset < 1_000
        && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 253_402_300_800
            ? new ChangesCursor(worklist, atVersion, atOffset, DateTimeOffset.FromUnixTimeSeconds(seconds))
            : null;

    private static Cursor From(CursorKeys keys, WorklistName worklist) => Cursor.Create(keys, "changes", worklist.ToString());
}
