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

    public static IReadOnlyList<string> All { get; } =
        [ReferralSubmitted, WorklistChanges, ReferralFollowUp, WorklistSnapshots, AttachmentScanned, AuditPending];
}
