using System.Text.Json.Serialization;

namespace EReferrals.Local.Seeding;

/// <summary>
/// The free slots of a seeded service: two an hour from 9 to 12 UTC on each of the next five working days, the first routine, the second urgent.
/// </summary>
internal static class SeedSlots
{
    private const int Days = 5;

    private static readonly (int Minute, string Priority)[] InAnHour = [(0, "ROUTINE"), (30, "URGENT")];

    private static readonly JsonSerializerOptions WithoutNulls = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The body of an upload. Its slots have no ids, so the service gives them the same ids at each start, and a restart adds only new days.</summary>
    /// <param name="clinician">Null when the slots are of no clinician.</param>
    public static string After(DateTimeOffset now, string? clinician)
    {
        var slots =
            from day in WorkingDaysAfter(DateOnly.FromDateTime(now.UtcDateTime)).Take(Days)
            from hour in Enumerable.Range(9, 3)
            from slot in InAnHour
            let start = day.ToDateTime(new TimeOnly(hour, slot.Minute), DateTimeKind.Utc)
            select new { start, end = start.AddMinutes(30), priority = slot.Priority, clinician };
        return JsonSerializer.Serialize(new { slots }, WithoutNulls);
    }

    private static IEnumerable<DateOnly> WorkingDaysAfter(DateOnly today)
    {
        for (var day = today.AddDays(1); ; day = day.AddDays(1))
        {
            if (day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday)) yield return day;
        }
    }
}
