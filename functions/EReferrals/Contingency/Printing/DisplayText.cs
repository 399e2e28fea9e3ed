using System.Globalization;
using EReferrals.Referrals.Values;

namespace EReferrals.Contingency.Printing;

/// <summary>Formats values for print.</summary>
internal static class DisplayText
{
    /// <summary>4-4-4.</summary>
    public static string Format(Ubrn ubrn) => $"{ubrn.ToString().AsSpan(0, 4)} {ubrn.ToString().AsSpan(4, 4)} {ubrn.ToString().AsSpan(8, 4)}";

    /// <summary>3-3-4.</summary>
    public static string Format(NhsNumber number) => $"{number.Reveal().AsSpan(0, 3)} {number.Reveal().AsSpan(3, 3)} {number.Reveal().AsSpan(6, 4)}";

    public static string Format(DateOnly date) => date.ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    public static string DateOf(DateTimeOffset instant) => UkTime.Date(instant);

    public static string Format(DateTimeOffset instant) => UkTime.DateAndClock(instant);

    public static string Format(Priority priority) => priority switch
    {
        Priority.TwoWeekWait => "URGENT SUSPECTED CANCER",
        Priority.Urgent => "URGENT",
        _ => "Routine",
    };

    /// <summary><c>AWAITING_TRIAGE</c> as "Awaiting triage".</summary>
    public static string Words<T>(T value) where T : struct, Enum => Words(Code.From(value));

    public static string Words(string code)
    {
        var words = code.Replace('_', ' ').ToLowerInvariant();
        return words.Length == 0 ? words : char.ToUpperInvariant(words[0]) + words[1..];
    }

    /// <summary>Kilobytes, rounded up.</summary>
    public static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{(bytes + 1023) / 1024} KB");
}
