using System.Text.Json.Serialization;

namespace EReferrals.Referrals;

/// <summary>When waiting becomes too long to go unmarked. A mark is part of a worklist entry: it comes once in a version's life and stays.</summary>
/// <param name="TwoWeekWaitAfter">How long a TWO_WEEK_WAIT referral may wait for its review.</param>
/// <param name="UrgentAfter">How long an URGENT one may.</param>
public sealed record SafetyNet(TimeSpan TwoWeekWaitAfter, TimeSpan UrgentAfter)
{
    public static SafetyNet Default { get; } = new(TimeSpan.FromHours(24), TimeSpan.FromHours(48));

    /// <summary>The entry with every mark that is due by now.</summary>
    public WorklistEntry Marked(WorklistEntry entry, DateTimeOffset now)
    {
        var letter = entry.Letter is { Status: LetterStatus.NotDue, Due: { } due } && WorkingDays.DateOf(now) > due
            ? entry.Letter with { Status = LetterStatus.Overdue }
            : entry.Letter;
        var marks = new List<Overdue>();
        if (ReviewDue(entry) < now) marks.Add(Overdue.Review);
        if (letter.Status == LetterStatus.Overdue) marks.Add(Overdue.Letter);
        return entry with { Letter = letter, Overdue = marks.Count == 0 ? null : marks };
    }

    /// <summary>When the next mark falls due; null when none is to come.</summary>
    public DateTimeOffset? NextMark(WorklistEntry entry)
    {
        var review = entry.IsOverdue(Referrals.Overdue.Review) ? null : ReviewDue(entry);
        var letter = entry.Letter is { Status: LetterStatus.NotDue, Due: { } due } ? WorkingDays.EndOf(due) : (DateTimeOffset?)null;
        return review is null || letter < review ? letter : review;
    }

    private DateTimeOffset? ReviewDue(WorklistEntry entry) => entry.Priority switch
    {
        Priority.TwoWeekWait => entry.ReviewSince + TwoWeekWaitAfter,
        Priority.Urgent => entry.ReviewSince + UrgentAfter,
        _ => null,
    };
}

/// <summary>What has been waited for too long.</summary>
[JsonConverter(typeof(CodeConverter<Overdue>))]
public enum Overdue
{
    Review,
    Letter,
}
