using System.Text.Json.Nodes;

namespace EReferrals.Local.Seeding;

/// <summary>
/// The free slots of a seeded service: two an hour from 9 to 12 UTC on each of the next five working days, the first routine, the second urgent.
/// </summary>
internal static class SeedSlots
{
    private const int Days = 5;

    private static readonly (int Minute, string Priority)[] InAnHour = [(0, "ROUTINE"), (30, "URGENT")];

    /// <summary>The body of an upload. Its slots have no ids, so the service gives them the same ids at each start, and a restart adds only new days.</summary>
    /// <param name="clinician">Null when the slots are of no clinician.</param>
    public static JsonObject After(DateTimeOffset now, string? clinician) => new()
    {
        ["slots"] = new JsonArray(
        [
            .. from day in WorkingDaysAfter(DateOnly.FromDateTime(now.UtcDateTime)).Take(Days)
               from hour in Enumerable.Range(9, 3)
               from slot in InAnHour
               select Row(day.ToDateTime(new TimeOnly(hour, slot.Minute)), slot.Priority, clinician),
        ]),
    };

    private static IEnumerable<DateOnly> WorkingDaysAfter(DateOnly today)
    {
        for (var day = today.AddDays(1); ; day = day.AddDays(1))
        {
            if (day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday)) yield return day;
        }
    }

    private static JsonObject Row(DateTime start, string priority, string? clinician)
    {
        var row = new JsonObject { ["start"] = Text(start), ["end"] = Text(start.AddMinutes(30)), ["priority"] = priority };
        if (clinician is not null) row["clinician"] = clinician;
        return row;
    }

    private static string Text(DateTime instant) => instant.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
