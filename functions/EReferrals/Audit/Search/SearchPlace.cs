using System.Globalization;
using EReferrals.Storage.Blobs;

namespace EReferrals.Audit.Search;

/// <summary>Where a search goes on: day by day, in each day account by account, in each account blob by blob in the order of their names.</summary>
/// <param name="Name">The blob; empty for the first one.</param>
/// <param name="Offset">The first byte that was not searched.</param>
internal sealed record SearchPlace(DateOnly Day, int Account, string Name, long Offset)
{
    private const string DayForm = "yyyy-MM-dd";
    private const string First = "-";

    public SearchPlace NextAccount() => Account + 1 < AuditBytes.Accounts
        ? new SearchPlace(Day, Account + 1, "", Offset: 0)
        : new SearchPlace(Day.AddDays(1), Account: 0, "", Offset: 0);

    /// <summary>The parts of a cursor.</summary>
    public string[] Parts =>
    [
        Day.ToString(DayForm, CultureInfo.InvariantCulture),
        Account.ToString(CultureInfo.InvariantCulture),
        Name.Length == 0 ? First : Name,
        Offset.ToString(CultureInfo.InvariantCulture),
    ];

    /// <summary>Null when the parts are not a place.</summary>
    public static SearchPlace? From(string[]? parts) =>
        parts is [var day, var account, var name, var offset]
        && DateOnly.TryParseExact(day, DayForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out var onDay)
        && int.TryParse(account, NumberStyles.None, CultureInfo.InvariantCulture, out var inAccount) && inAccount < AuditBytes.Accounts
        && long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            ? new SearchPlace(onDay, inAccount, name == First ? "" : name, at)
            : null;
}
