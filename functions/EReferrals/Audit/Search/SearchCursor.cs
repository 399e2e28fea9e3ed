using System.Globalization;

namespace EReferrals.Audit.Search;

/// <summary>What the next page of a search has to know.</summary>
/// <param name="Until">
/// The end of the searched period, exclusive: at the latest the moment of the first page. Each page is itself recorded with the referral, and a search that
/// met the entries of its own pages would not end before its period does.
/// </param>
internal sealed record SearchCursor(DateTimeOffset Until, SearchPlace Place)
{
    /// <summary>The parts of a cursor.</summary>
    public string[] Parts => [Until.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), .. Place.Parts];

    /// <summary>The end of a search that begins now, in whole milliseconds, as entries have them.</summary>
    public static DateTimeOffset UntilOf(DateTimeOffset to, DateTimeOffset now) =>
        to <= now ? to : DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());

    /// <summary>Null when the parts are not of a search.</summary>
    public static SearchCursor? From(string[]? parts) =>
        parts is [var until, .. var place]
        && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var instant)
        && SearchPlace.From(place) is { } at
            ? new SearchCursor(DateTimeOffset.FromUnixTimeMilliseconds(instant), at)
            : null;
}
