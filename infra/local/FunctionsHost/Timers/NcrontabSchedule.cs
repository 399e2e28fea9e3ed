using NCrontab;

namespace EReferrals.Local.FunctionsHost.Timers;

/// <summary>A schedule in UTC. Uses the same package as the Functions host, but always requires six fields.</summary>
internal sealed class NcrontabSchedule
{
    // A schedule such as 30 February never occurs. The 29th of February on a given weekday occurs within 40 years.
    private const int YearsToSearch = 41;

    private readonly CrontabSchedule _schedule;

    private NcrontabSchedule(CrontabSchedule schedule) => _schedule = schedule;

    /// <exception cref="CrontabException">The expression cannot be read.</exception>
    public static NcrontabSchedule Parse(string expression)
    {
        var fields = expression.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
        if (fields != 6) throw new CrontabException($"'{expression}' has {fields} fields, not six.");
        return new(CrontabSchedule.Parse(expression, new CrontabSchedule.ParseOptions { IncludingSeconds = true }));
    }

    /// <summary>Returns the first occurrence after an instant; null when there is none.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        var last = new DateTime(after.UtcDateTime.Year + YearsToSearch, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var next = _schedule.GetNextOccurrence(after.UtcDateTime, last);
        return next < last ? new DateTimeOffset(next, TimeSpan.Zero) : null;
    }
}
