using System.Globalization;
using System.Xml;

namespace EReferrals.Referrals;

/// <summary>
/// How long a referral may wait. Either a number of working days, ending at the end of the last one in London, or a length of elapsed time.
/// </summary>
public readonly record struct Allowance(int WorkingDays, TimeSpan Time)
{
    private const int MaxDays = 365;

    public static Allowance Days(int count) => new(count, TimeSpan.Zero);

    public static Allowance Hours(int count) => new(0, TimeSpan.FromHours(count));

    /// <summary>
    /// Reads an ISO 8601 duration. Whole days (<c>P2D</c>) are working days; any other duration (<c>PT48H</c>) is elapsed time.
    /// Returns null when the text is not a duration, or when the duration is negative, zero elapsed time, or longer than 365 days.
    /// </summary>
    public static Allowance? Parse(string text)
    {
        if (text is ['P', .. var days, 'D'] && int.TryParse(days, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return count <= MaxDays ? Days(count) : null;
        }

        try
        {
            return XmlConvert.ToTimeSpan(text) is { Ticks: > 0 } time && time.TotalDays <= MaxDays ? new Allowance(0, time) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public DateTimeOffset EndsAfter(DateTimeOffset since) => Time > TimeSpan.Zero
        ? since + Time
        : Referrals.Values.WorkingDays.EndOf(Referrals.Values.WorkingDays.After(Referrals.Values.UkTime.DateOf(since), WorkingDays));
}
