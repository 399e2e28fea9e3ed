namespace EReferrals.Messaging;

/// <summary>The queues of <c>infra/messaging.json</c>. A test checks that the two agree.</summary>
public static class Queues
{
    public const string ReferralSubmitted = "referral-submitted";
    public const string WorklistChanges = "worklist-changes";
    public const string ReferralFollowUp = "referral-follow-up";
    public const string WorklistSnapshots = "worklist-snapshots";
    public const string AttachmentScanned = "attachment-scanned";
    public const string AuditPending = "audit-pending";

    /// <summary>The broker forwards the dead letters of all other queues to this one.</summary>
    public const string DeadLetters = "dead-letters";

    /// <summary>The setting, or the prefix of the settings, that contains the address of the namespace.</summary>
    public const string Connection = "ServiceBusConnection";

    public static IReadOnlyList<string> All { get; } =
        [ReferralSubmitted, WorklistChanges, ReferralFollowUp, WorklistSnapshots, AttachmentScanned, AuditPending, DeadLetters];
}
