namespace EReferrals.Referrals.Values;

/// <summary>The waiting-time clocks of England, as dates in Europe/London.</summary>
public static class Clocks
{
    /// <summary>
    /// The last day for treatment: 18 weeks after the pathway start (RTT rules suite). A provider's rejection does not stop the clock: the
    /// pathway start stays with the referral.
    /// </summary>
    public static DateOnly RttBreach(Referral referral) => UkTime.DateOf(referral.PathwayStart).AddDays(18 * 7);

    /// <summary>
    /// The last day for diagnosing or ruling out cancer: 28 days after receipt as urgent suspected cancer (faster diagnosis standard), also after a
    /// redirect; null for other priorities.
    /// </summary>
    public static DateOnly? DiagnosisDue(Referral referral) =>
        referral.Priority == Priority.TwoWeekWait ? UkTime.DateOf(referral.TwoWeekWaitSince ?? referral.Received).AddDays(28) : null;
}
