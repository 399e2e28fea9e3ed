namespace EReferrals.Messaging;

/// <summary>The queues of <c>infra/messaging.json</c>; a test holds the two equal.</summary>
public static class Queues
{
    public const string ReferralSubmitted = "referral-submitted";
    public const string WorklistChanges = "worklist-changes";
    public const string ReferralFollowUp = "referral-follow-up";
    public const string WorklistSnapshots = "worklist-snapshots";
    public const string AttachmentScanned = "attachment-scanned";
    public const string AuditPending = "audit-pending";

    /// <summary>Where the broker brings what could not be processed on any of the others.</summary>
    public const string DeadLetters = "dead-letters";

    /// <summary>The setting, or group of settings, that says where the namespace is.</summary>
    public const string Connection = "ServiceBusConnection";

    public static IReadOnlyList<string> All { get; } =
        [ReferralSubmitted, WorklistChanges, ReferralFollowUp, WorklistSnapshots, AttachmentScanned, AuditPending, DeadLetters];
}
