namespace EReferrals.Reconciliation;

/// <summary>The result of the reconciler's last run.</summary>
/// <param name="Checked">The number of referrals that were compared or are missing. Excludes those that changed in the last five minutes.</param>
/// <param name="Repaired">The number of referrals that were on a wrong worklist, or not on a right one, and were announced again.</param>
/// <param name="Missing">The number of accepted submissions without a referral: they wait on a queue or in quarantine, or they are lost.</param>
/// <param name="OldestMissing">The start of the five-minute ledger part with the oldest of these.</param>
public sealed record ReconciliationResult(DateTimeOffset At, int Checked, int Repaired, int Missing, DateTimeOffset? OldestMissing)
{
    /// <summary>The value before the first run.</summary>
    public static ReconciliationResult None { get; } = new(default, 0, 0, 0, null);

    public int Differences => Repaired + Missing;
}
