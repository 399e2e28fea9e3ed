using System.Globalization;

namespace EReferrals.Referrals.Values;

/// <summary>Times as a clock in the United Kingdom shows them.</summary>
public static class UkTime
{
    public static TimeZoneInfo Zone { get; } = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");

    /// <summary>The date in London at this instant.</summary>
    public static DateOnly DateOf(DateTimeOffset instant) => DateOnly.FromDateTime(In(instant).DateTime);

    /// <summary><c>09:30:05 on Wednesday 25 November 2026</c></summary>
    public static string Long(DateTimeOffset instant) => Format(instant, "HH:mm:ss 'on' dddd d MMMM yyyy");

    /// <summary><c>09:30 on 25 November</c></summary>
    public static string Short(DateTimeOffset instant) => Format(instant, "HH:mm 'on' d MMMM");

    /// <summary><c>09:30</c></summary>
    public static string Clock(DateTimeOffset instant) => Format(instant, "HH:mm");

    /// <summary><c>25 Nov 2026 09:30</c></summary>
    public static string DateAndClock(DateTimeOffset instant) => Format(instant, "d MMM yyyy HH:mm");

    /// <summary><c>25 Nov 2026</c></summary>
    public static string Date(DateTimeOffset instant) => Format(instant, "d MMM yyyy");

    private static string Format(DateTimeOffset instant, string format) => In(instant).ToString(format, CultureInfo.InvariantCulture);

    private static DateTimeOffset In(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, Zone);
}
