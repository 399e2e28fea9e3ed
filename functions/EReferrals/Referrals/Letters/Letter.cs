using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Letters;

/// <param name="Due">The last day on which the letter is on time; null when no letter is expected or it has arrived.</param>
public sealed record Letter(LetterIntention Intention, LetterStatus Status, DateOnly? Due)
{
    public static Letter From(Referral referral, DateTimeOffset now)
    {
        var isWanting = referral.LetterRefused || referral.LetterUnreadable;
        if (referral.HasLetter && !isWanting) return new Letter(referral.LetterIntention, LetterStatus.Present, null);
        if (referral.LetterIntention == LetterIntention.NotIntendingToAdd && !isWanting)
        {
            return new Letter(referral.LetterIntention, LetterStatus.NotApplicable, null);
        }

        // The deadline counts from the start of the present review: a redirect, for example, starts it again.
        var due = WorkingDays.After(UkTime.DateOf(referral.ReviewSince ?? referral.Received), WorkingDaysAllowed(referral.Priority));
        var status = UkTime.DateOf(now) > due ? LetterStatus.Overdue : LetterStatus.NotDue;
        return new Letter(referral.LetterIntention, status, due);
    }

    // These are good practice for e-RS referrers; no official rule is published.
    private static int WorkingDaysAllowed(Priority priority) => priority == Priority.Routine ? 3 : 1;
}

/// <summary>The codes of <c>eRS-ClinicalInformationStatus-1</c>.</summary>
[JsonConverter(typeof(CodeConverter<LetterStatus>))]
public enum LetterStatus
{
    Present,
    NotApplicable,
    NotDue,
    Overdue,
}
