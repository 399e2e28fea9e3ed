using System.Globalization;

namespace EReferrals.Http.Html;

/// <summary>Times as people in the United Kingdom read them off a clock.</summary>
internal static class UkTime
{
    private static readonly TimeZoneInfo London = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");

    /// <summary><c>09:30:05 on Wednesday 25 November 2026</c></summary>
    public static string Long(DateTimeOffset instant) => Format(instant, "HH:mm:ss 'on' dddd d MMMM yyyy");

    /// <summary><c>09:30 on 25 November</c></summary>
    public static string Short(DateTimeOffset instant) => Format(instant, "HH:mm 'on' d MMMM");

    /// <summary><c>09:30</c></summary>
    public static string Clock(DateTimeOffset instant) => Format(instant, "HH:mm");

    private static string Format(DateTimeOffset instant, string format) =>
        TimeZoneInfo.ConvertTime(instant, London).ToString(format, CultureInfo.InvariantCulture);
}
