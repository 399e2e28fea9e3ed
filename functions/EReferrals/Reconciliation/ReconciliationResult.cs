namespace EReferrals.Reconciliation;

/// <summary>What the reconciler found in its last run.</summary>
/// <param name="Checked">How many referrals it compared with their lists, or missed. One that changed just now is left to a later run.</param>
/// <param name="Repaired">How many stood on a wrong list, or not on a right one, and were announced again.</param>
/// <param name="Missing">How many were accepted and are no referral yet: they wait on a queue or in quarantine, or they are lost.</param>
/// <param name="OldestMissing">Since when the first of these has been missing.</param>
public sealed record ReconciliationResult(DateTimeOffset At, int Checked, int Repaired, int Missing, DateTimeOffset? OldestMissing)
{
    /// <summary>Before the first run.</summary>
    public static ReconciliationResult None { get; } = new(default, 0, 0, 0, null);

    public int Differences => Repaired + Missing;
}
