using System.Collections.Frozen;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Lists;

/// <summary>
/// Decides by when a side must act, and marks what is overdue. A mark is part of a worklist entry: it is set once per version of the referral
/// and is never removed from that version.
/// </summary>
public sealed class SafetyNetRules(IReadOnlyDictionary<(Waiting, Priority), Allowance> allowed)
{
    /// <summary>
    /// The default deadlines. Reviews: the safety-net alarms, and the triage target for routine referrals. Triaged and deferred: the published
    /// targets for contact with the patient, in working days. No targets are published for the other rows. The deadline of a letter is part of
    /// <see cref="Letter"/>: 1 working day for urgent suspected cancer and urgent referrals, 3 for routine ones.
    /// </summary>
    public static FrozenDictionary<(Waiting, Priority), Allowance> Defaults { get; } = Table(
        (Waiting.Review, Allowance.Hours(24), Allowance.Hours(48), Allowance.Days(40)),
        (Waiting.Triaged, Allowance.Days(2), Allowance.Days(5), Allowance.Days(40)),
        (Waiting.Deferred, Allowance.Days(5), Allowance.Days(10), Allowance.Days(40)),
        (Waiting.AppointmentCancelled, Allowance.Days(2), Allowance.Days(5), Allowance.Days(40)),
        (Waiting.NotBooked, Allowance.Days(1), Allowance.Days(3), Allowance.Days(10)),
        (Waiting.Outcome, Allowance.Days(1), Allowance.Days(2), Allowance.Days(5)),
        (Waiting.CameBack, Allowance.Days(1), Allowance.Days(3), Allowance.Days(10)));

    public static SafetyNetRules Default { get; } = new(Defaults);

    /// <summary>Returns the entry with the next deadline and with every mark that is due at <paramref name="now"/>.</summary>
    public WorklistEntry Marked(WorklistEntry entry, DateTimeOffset now)
    {
        var current = entry with { Letter = LetterAt(entry.Letter, now), OutcomeSince = OutcomeSince(entry, now) };
        var dues = DuesOf(current).ToArray();
        Overdue[] marks = [.. dues.Where(due => due.By <= now).Select(due => due.What).Distinct().Order()];
        return current with { Due = dues.MinBy(due => due.By), Overdue = marks.Length == 0 ? null : marks };
    }

    /// <summary>When the next mark falls due; null when no further mark can follow.</summary>
    public DateTimeOffset? NextMark(WorklistEntry entry)
    {
        var dues = DuesOf(entry).Where(due => !entry.IsOverdue(due.What)).Select(due => (DateTimeOffset?)due.By);
        return dues.Append(entry.OutcomeSince is null ? AppointmentOver(entry) : null).Min();
    }

    private IEnumerable<Due> DuesOf(WorklistEntry entry)
    {
        if (entry.OwesLetter && entry.Letter.Due is { } day) yield return new Due(WorkingDays.EndOf(day), Side.Referrer, Overdue.Letter);
        foreach (var wait in WaitsOf(entry))
        {
            yield return new Due(allowed[(wait.Kind, entry.Priority)].EndsAfter(wait.Since), wait.Side, wait.What);
        }
    }

    private static IEnumerable<Wait> WaitsOf(WorklistEntry entry)
    {
        if (entry.ReviewSince is { } review) yield return new Wait(Waiting.Review, Overdue.Review, Side.Provider, review);
        if (entry.OutcomeSince is { } outcome) yield return new Wait(Waiting.Outcome, Overdue.Outcome, Side.Provider, outcome);
        // Entries written before StateSince was stored fall back to an earlier time: a mark that is too early is better than none.
        var since = entry.StateSince ?? entry.ReviewSince ?? entry.Received;
        switch (entry.State)
        {
            case ReferralState.TriagedProviderToAction:
                yield return new Wait(Waiting.Triaged, Overdue.Booking, Side.Provider, since);
                break;
            case ReferralState.DeferredToProvider:
                yield return new Wait(Waiting.Deferred, Overdue.Booking, Side.Provider, since);
                break;
            case ReferralState.ApptCancelledByPatient or ReferralState.ApptCancelledByProvider:
                yield return new Wait(Waiting.AppointmentCancelled, Overdue.Booking, Side.Provider, since);
                break;
            case ReferralState.NotBooked:
                yield return new Wait(Waiting.NotBooked, Overdue.Booking, Side.Referrer, since);
                break;
            case ReferralState.TriageResponse or ReferralState.Rejected or ReferralState.DidNotAttend or ReferralState.AssessmentResult
                or ReferralState.CancelledReferral:
                yield return new Wait(Waiting.CameBack, Overdue.NextStep, Side.Referrer, since);
                break;
            default:
                break;
        }
    }

    private static Letter LetterAt(Letter letter, DateTimeOffset now) =>
        letter is { Status: LetterStatus.NotDue, Due: { } due } && UkTime.DateOf(now) > due
            ? letter with { Status = LetterStatus.Overdue }
            : letter;

    private static DateTimeOffset? OutcomeSince(WorklistEntry entry, DateTimeOffset now) =>
        AppointmentOver(entry) is { } over && over <= now ? over : null;

    private static DateTimeOffset? AppointmentOver(WorklistEntry entry) =>
        entry is { State: ReferralState.Booked, AppointmentStart: { } start } ? WorkingDays.EndOf(UkTime.DateOf(start)) : null;

    private static FrozenDictionary<(Waiting, Priority), Allowance> Table(
        params (Waiting Kind, Allowance TwoWeekWait, Allowance Urgent, Allowance Routine)[] rows) =>
        rows.SelectMany(row => new[]
        {
            KeyValuePair.Create((row.Kind, Priority.TwoWeekWait), row.TwoWeekWait),
            KeyValuePair.Create((row.Kind, Priority.Urgent), row.Urgent),
            KeyValuePair.Create((row.Kind, Priority.Routine), row.Routine),
        }).ToFrozenDictionary();
}
