using System.Globalization;
using EReferrals.Referrals.Values;

namespace EReferrals.Http.Requests;

/// <summary>
/// The range that a date or an instant of a caller must lie in. A wrong year would hide a patient: an appointment decades ahead would keep the referral off
/// every list, and a wrong pathway start would put it at the wrong position. This class defines the ranges of all date and instant fields.
/// </summary>
/// <param name="Field">The field's name in the API.</param>
/// <param name="Around">The instant that the range is relative to.</param>
public sealed record PlausibleRange(string Field, string Around, TimeSpan Before, TimeSpan After)
{
    private const string Now = "now";

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Year = TimeSpan.FromDays(365.25);

    // The oldest person ever in the United Kingdom was 116.
    public static PlausibleRange BirthDate { get; } = new("patient.birthDate", Now, 130 * Year, TimeSpan.Zero);

    public static PlausibleRange PathwayStart { get; } = new("pathwayStart", Now, 365 * Day, TimeSpan.Zero);

    // Staff may enter an appointment after it has started.
    public static PlausibleRange AppointmentStart { get; } = new("appointment start", Now, Day, 2 * Year);

    public static PlausibleRange AppointmentEnd { get; } = new("appointment end", "'start'", TimeSpan.Zero, 2 * Day);

    public static PlausibleRange PaperAt { get; } = new("paper at", Now, 30 * Day, TimeSpan.Zero);

    public static PlausibleRange PaperStart { get; } = new("paper appointment start", "'at'", Day, 2 * Year);

    public static PlausibleRange MessageUntil { get; } = new("message until", Now, TimeSpan.Zero, Year);

    public static PlausibleRange ModeUntil { get; } = new("mode until", Now, TimeSpan.Zero, Year);

    public static IReadOnlyList<PlausibleRange> All { get; } =
        [BirthDate, PathwayStart, AppointmentStart, AppointmentEnd, PaperAt, PaperStart, MessageUntil, ModeUntil];

    /// <summary>The error message for the value; null when it is in the range.</summary>
    public string? Fault(string member, DateTimeOffset value, Present around)
    {
        if (value < around.Now - Before) return Earlier(member);
        return value > around.Now + Ahead(around) ? Later(member) : null;
    }

    /// <summary>The same for a date, which is a calendar day in the United Kingdom.</summary>
    public string? Fault(string member, DateOnly value, Present around)
    {
        if (value < UkTime.DateOf(around.Now - Before)) return Earlier(member);
        return value > UkTime.DateOf(around.Now + Ahead(around)) ? Later(member) : null;
    }

    private TimeSpan Ahead(Present around) => After > around.ClocksDiffer ? After : around.ClocksDiffer;

    private string Earlier(string member) => (Before == TimeSpan.Zero, Around == Now) switch
    {
        (true, true) => $"'{member}' must not be in the past.",
        (true, false) => $"'{member}' must not be before {Around}.",
        (false, true) => $"'{member}' must be at most {Words(Before)} ago.",
        (false, false) => $"'{member}' must be at most {Words(Before)} before {Around}.",
    };

    private string Later(string member) => (After == TimeSpan.Zero, Around == Now) switch
    {
        (true, _) => $"'{member}' must not be in the future.",
        (false, true) => $"'{member}' must be at most {Words(After)} in the future.",
        (false, false) => $"'{member}' must be at most {Words(After)} after {Around}.",
    };

    private static string Words(TimeSpan span)
    {
        if (span == Day) return "a day";
        if (span == Year) return "a year";
        return span > Year && span.Ticks % Year.Ticks == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{span / Year} years")
            : string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays} days");
    }
}
