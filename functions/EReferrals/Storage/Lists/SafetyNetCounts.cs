namespace EReferrals.Storage.Lists;

/// <summary>How many referrals are overdue. A referral that is overdue for several reasons counts once for each.</summary>
public sealed record SafetyNetCounts(DateTimeOffset AsOf, int TwoWeekWaitNotReviewed, int UrgentNotReviewed, int LettersOverdue)
{
    public int RoutineNotReviewed { get; init; }

    /// <summary>Without an appointment.</summary>
    public int NotBooked { get; init; }

    /// <summary>The day of the appointment has passed and no outcome is recorded.</summary>
    public int WithoutOutcome { get; init; }

    /// <summary>Returned to their referrers, who have not acted.</summary>
    public int NotActedOn { get; init; }

    /// <summary>Uploaded files that wait for the malware scan, linked to a referral or not.</summary>
    public int FilesNotScanned { get; init; }
}
