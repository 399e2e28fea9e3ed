namespace EReferrals.Referrals.Values;

/// <summary>The waiting-time clocks of England, as dates in Europe/London.</summary>
public static class Clocks
{
    /// <summary>
    /// Referral to treatment within 18 weeks of the pathway start (RTT rules suite). A provider's rejection does not stop the clock: the
    /// original date goes with the referral to the next one.
    /// </summary>
    public static DateOnly RttBreach(Referral referral) => WorkingDays.DateOf(referral.PathwayStart).AddDays(18 * 7);

    /// <summary>
    /// Diagnosis or ruling out within 28 days of receipt as urgent suspected cancer (faster diagnosis standard), wherever it is sent on to;
    /// null for other priorities.
    /// </summary>
    public static DateOnly? DiagnosisDue(Referral referral) =>
        referral.Priority == Priority.TwoWeekWait ? WorkingDays.DateOf(referral.TwoWeekWaitSince ?? referral.Received).AddDays(28) : null;
}
