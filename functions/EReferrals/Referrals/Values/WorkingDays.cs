using System.Collections.Frozen;

namespace EReferrals.Referrals.Values;

/// <summary>Working days in England: Monday to Friday except bank holidays, in the time zone Europe/London.</summary>
public static class WorkingDays
{
    // Bank holidays in England and Wales as published on gov.uk, with substitute days. In a year without a row only weekends are days off.
    private static readonly FrozenSet<DateOnly> BankHolidays = new DateOnly[]
    {
        new(2025, 1, 1), new(2025, 4, 18), new(2025, 4, 21), new(2025, 5, 5), new(2025, 5, 26), new(2025, 8, 25), new(2025, 12, 25), new(2025, 12, 26),
        new(2026, 1, 1), new(2026, 4, 3), new(2026, 4, 6), new(2026, 5, 4), new(2026, 5, 25), new(2026, 8, 31), new(2026, 12, 25), new(2026, 12, 28),
        new(2027, 1, 1), new(2027, 3, 26), new(2027, 3, 29), new(2027, 5, 3), new(2027, 5, 31), new(2027, 8, 30), new(2027, 12, 27), new(2027, 12, 28),
        new(2028, 1, 3), new(2028, 4, 14), new(2028, 4, 17), new(2028, 5, 1), new(2028, 5, 29), new(2028, 8, 28), new(2028, 12, 25), new(2028, 12, 26),
        new(2029, 1, 1), new(2029, 3, 30), new(2029, 4, 2), new(2029, 5, 7), new(2029, 5, 28), new(2029, 8, 27), new(2029, 12, 25), new(2029, 12, 26),
    }.ToFrozenSet();

    /// <summary>The instant at which a London day ends (UTC).</summary>
    public static DateTimeOffset EndOf(DateOnly day)
    {
        var midnight = day.AddDays(1).ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(midnight, UkTime.Zone.GetUtcOffset(midnight)).ToUniversalTime();
    }

    public static bool IsWorkingDay(DateOnly day) =>
        day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && !BankHolidays.Contains(day);

    /// <summary>The day that is <paramref name="count"/> working days after <paramref name="day"/>, which need not be a working day.</summary>
    public static DateOnly After(DateOnly day, int count)
    {
        while (count > 0)
        {
            day = day.AddDays(1);
            if (IsWorkingDay(day)) count--;
        }

        return day;
    }
}
