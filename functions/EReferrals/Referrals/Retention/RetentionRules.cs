using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Retention;

/// <summary>Decides when data may be deleted. Pure.</summary>
public static class RetentionRules
{
    private const int ChildrenKeptTo = 25;
    private const int SeventeenKeptTo = 26;

    /// <summary>
    /// Nobody has to act on the referral any more: it is closed, and no time that passes puts it on a worklist again.
    /// </summary>
    public static bool HasEnded(Referral referral) =>
        !DuplicateRules.IsOpen(referral) && !WorklistRules.ListsOf(referral, DateTimeOffset.MaxValue).Any();

    /// <summary>Care does not depend on the referral: it was cancelled, or it has ended.</summary>
    public static bool MayErase(Referral referral) => referral.Status == ReferralStatus.Cancelled || HasEnded(referral);

    /// <summary>When the referral may be deleted; null while it is live. It does not depend on the present time.</summary>
    public static DateTimeOffset? DueAt(Referral referral, RetentionPeriods periods)
    {
        if (!HasEnded(referral)) return null;
        var last = LastContact(referral);
        if (referral.State == ReferralState.Rejected) return last + periods[RetentionKind.RefusedReferrals];
        var kind = IsMentalHealth(referral.Specialty) ? RetentionKind.MentalHealthReferrals : RetentionKind.Referrals;
        var (due, grown) = (last + periods[kind], GrownUpAt(referral, last));
        return due > grown ? due : grown;
    }

    /// <param name="isHeld">The referral is under legal hold.</param>
    /// <param name="isAwaited">Work waits for the referral, such as a dead letter.</param>
    public static bool IsDue(Referral referral, bool isHeld, bool isAwaited, RetentionPeriods periods, DateTimeOffset now) =>
        !isHeld && !isAwaited && DueAt(referral, periods) <= now;

    /// <summary>Whether a file that no referral has may be deleted.</summary>
    /// <param name="lastWaiting">When the latest submission that still waits was sent: it may name any file uploaded before; null when none waits.</param>
    public static bool IsOrphanDue(Attachment file, DateTimeOffset? lastWaiting, RetentionPeriods periods, DateTimeOffset now) =>
        file.LinkedTo is null && !(file.UploadedAt <= lastWaiting) && file.UploadedAt + periods[RetentionKind.OrphanedUploads] <= now;

    private static DateTimeOffset LastContact(Referral referral)
    {
        var last = referral.Updated > referral.Received ? referral.Updated : referral.Received;
        return referral.Appointment?.End is { } end && end > last ? end : last;
    }

    private static bool IsMentalHealth(string? specialty) => specialty is not null
        && (specialty.Contains("MENTAL", StringComparison.OrdinalIgnoreCase) || specialty.Contains("PSYCH", StringComparison.OrdinalIgnoreCase));

    private static DateTimeOffset GrownUpAt(Referral referral, DateTimeOffset last)
    {
        var day = UkTime.DateOf(last);
        var born = referral.Patient.BirthDate ?? UkTime.DateOf(referral.Received);
        var isSeventeen = day >= born.AddYears(17) && day < born.AddYears(18);
        if (day >= born.AddYears(18)) return last;
        var until = born.AddYears(isSeventeen ? SeventeenKeptTo : ChildrenKeptTo);
        return new DateTimeOffset(until.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
    }
}
