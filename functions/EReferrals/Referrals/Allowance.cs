using System.Globalization;
using System.Xml;

namespace EReferrals.Referrals;

/// <summary>How long something may wait: so many working days, to the end of the last one in London; or so much time by the clock.</summary>
public readonly record struct Allowance(int WorkingDays, TimeSpan Time)
{
    private const int MostDays = 365;

    public static Allowance Days(int count) => new(count, TimeSpan.Zero);

    public static Allowance Hours(int count) => new(0, TimeSpan.FromHours(count));

    /// <summary>Whole days of ISO 8601 (<c>P2D</c>) are working days; any other duration (<c>PT48H</c>) is time by the clock. Null when it is neither.</summary>
    public static Allowance? Parse(string text)
    {
        if (text is ['P', .. var days, 'D'] && int.TryParse(days, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return count <= MostDays ? Days(count) : null;
        }

        try
        {
            return XmlConvert.ToTimeSpan(text) is { Ticks: > 0 } time && time.TotalDays <= MostDays ? new Allowance(0, time) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public DateTimeOffset EndsAfter(DateTimeOffset since) => Time > TimeSpan.Zero
        ? since + Time
        : Referrals.Values.WorkingDays.EndOf(Referrals.Values.WorkingDays.After(Referrals.Values.WorkingDays.DateOf(since), WorkingDays));
}
