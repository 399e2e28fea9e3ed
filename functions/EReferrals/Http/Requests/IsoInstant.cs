using System.Globalization;
using System.Text.RegularExpressions;

namespace EReferrals.Http.Requests;

/// <summary>Parses instants in the format of RFC 3339, with seconds and an offset, such as <c>2026-11-01T09:00:00Z</c>. Precision: milliseconds.</summary>
public static partial class IsoInstant
{
    public static bool TryParse(string text, out DateTimeOffset instant)
    {
        instant = default;
        if (Form().Match(text) is not { Success: true } match) return false;
        var isLeap = Number(match, "second") == 60;
        var second = isLeap ? 59 : Number(match, "second");
        var (hours, minutes) = (Number(match, "offsetHour"), Number(match, "offsetMinute"));
        if (Number(match, "month") is < 1 or > 12 || Number(match, "hour") > 23 || Number(match, "minute") > 59 || second > 59) return false;
        if (hours > 23 || minutes > 59) return false;
        var (year, month, day) = (Number(match, "year"), Number(match, "month"), Number(match, "day"));
        if (year < 1 || day < 1 || day > DateTime.DaysInMonth(year, month)) return false;

        var offset = new TimeSpan(hours, minutes, 0) * (match.Groups["sign"].Value == "-" ? -1 : 1);
        var local = new DateTime(year, month, day, Number(match, "hour"), Number(match, "minute"), second, DateTimeKind.Utc)
            .AddMilliseconds(isLeap ? 999 : Milliseconds(match));
        var ticks = local.Ticks - offset.Ticks;
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks) return false;
        instant = new DateTimeOffset(ticks, TimeSpan.Zero);
        // A leap second is valid only as the last second of June or December, in UTC.
        return !isLeap || (instant is { Hour: 23, Minute: 59, Month: 6 or 12 } && instant.Day == DateTime.DaysInMonth(instant.Year, instant.Month));
    }

    /// <summary>The instant cut to milliseconds, the precision of every stored and returned instant, so that stored and returned instants sort alike.</summary>
    public static DateTimeOffset InMilliseconds(this DateTimeOffset instant) =>
        new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    private static int Number(Match match, string group) =>
        match.Groups[group] is { Success: true, ValueSpan: var digits } ? int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture) : 0;

    // Cut, not rounded, so that the stored instant is never later than the one that was sent.
    private static int Milliseconds(Match match) =>
        match.Groups["fraction"] is { Success: true, Value: var digits }
            ? int.Parse(digits.PadRight(3, '0')[..3], NumberStyles.None, CultureInfo.InvariantCulture)
            : 0;

    [GeneratedRegex(
        @"\A(?<year>[0-9]{4})-(?<month>[0-9]{2})-(?<day>[0-9]{2})[Tt ](?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})"
        + @"(?:\.(?<fraction>[0-9]{1,9}))?(?:[Zz]|(?<sign>[+-])(?<offsetHour>[0-9]{2}):(?<offsetMinute>[0-9]{2}))\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
