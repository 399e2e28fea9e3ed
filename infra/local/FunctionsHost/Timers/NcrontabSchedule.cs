using System.Globalization;

namespace EReferrals.Local.FunctionsHost.Timers;

/// <summary>Six fields, UTC: second, minute, hour, day of the month, month, day of the week (0 = Sunday). Both days must match.</summary>
internal sealed class NcrontabSchedule
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    // A schedule such as 30 February never comes; the 29th of February on a given weekday comes within 40 years.
    private const int YearsToSearch = 41;

    private readonly bool[] seconds;
    private readonly bool[] minutes;
    private readonly bool[] hours;
    private readonly bool[] days;
    private readonly bool[] months;
    private readonly bool[] weekdays;

    private NcrontabSchedule(string[] fields)
    {
        seconds = Field(fields[0], 0, 59, []);
        minutes = Field(fields[1], 0, 59, []);
        hours = Field(fields[2], 0, 23, []);
        days = Field(fields[3], 1, 31, []);
        months = Field(fields[4], 1, 12, Months);
        weekdays = Field(fields[5], 0, 6, Weekdays);
    }

    public static NcrontabSchedule Parse(string expression)
    {
        var fields = expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 6) throw new FormatException($"'{expression}' has {fields.Length} fields, not six.");
        return new NcrontabSchedule(fields);
    }

    /// <summary>The first occurrence after an instant; null when there is none.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        var first = new DateTimeOffset(after.UtcTicks - after.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero).AddSeconds(1);
        var last = first.AddYears(YearsToSearch);
        for (var day = first; day < last; day = new DateTimeOffset(day.Date, TimeSpan.Zero).AddDays(1))
        {
            if (!months[day.Month] || !days[day.Day] || !weekdays[(int)day.DayOfWeek]) continue;
            if (NextInDay(day) is { } found) return found;
        }

        return null;
    }

    private DateTimeOffset? NextInDay(DateTimeOffset from)
    {
        for (var hour = from.Hour; hour < 24; hour++)
        {
            if (!hours[hour]) continue;
            for (var minute = hour == from.Hour ? from.Minute : 0; minute < 60; minute++)
            {
                if (!minutes[minute]) continue;
                var sameMinute = hour == from.Hour && minute == from.Minute;
                for (var second = sameMinute ? from.Second : 0; second < 60; second++)
                    if (seconds[second]) return new DateTimeOffset(from.Date, TimeSpan.Zero).Add(new TimeSpan(hour, minute, second));
            }
        }

        return null;
    }

    private static bool[] Field(string text, int least, int most, string[] names)
    {
        var set = new bool[most + 1];
        foreach (var part in text.Split(',')) Part(part, text, least, most, names, set);
        return set;
    }

    private static void Part(string part, string field, int least, int most, string[] names, bool[] set)
    {
        var slash = part.IndexOf('/', StringComparison.Ordinal);
        var step = slash < 0 ? 1 : Number(part[(slash + 1)..], field, 1, int.MaxValue, []);
        var range = slash < 0 ? part : part[..slash];
        var dash = range.IndexOf('-', StringComparison.Ordinal);
        var (from, to) = (least, most);
        if (dash > 0)
        {
            from = Number(range[..dash], field, least, most, names);
            to = Number(range[(dash + 1)..], field, least, most, names);
            if (to < from) throw new FormatException($"In '{field}' the range ends before it begins.");
        }
        else if (range != "*")
        {
            from = Number(range, field, least, most, names);
            // "5/15" counts on to the end of the field, "5" is only itself.
            if (slash < 0) to = from;
        }

        for (long value = from; value <= to; value += step) set[value] = true;
    }

    private static int Number(string text, string field, int least, int most, string[] names)
    {
        var name = Array.FindIndex(names, candidate => candidate.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (name >= 0) return name + least;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"'{text}' in '{field}' is not a number from {least} to {most}.");
    }
}
