using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Audit;

/// <summary>The audited actions. Changes of referrals are not included: the referral's event, saved in the same transaction, is their audit record.</summary>
[JsonConverter(typeof(CodeConverter<AuditedAction>))]
public enum AuditedAction
{
    /// <summary>A request was refused: the caller is not permitted, or the token has expired, is not yet valid or is for another audience.</summary>
    Refused,
    ReferralRead,
    HistoryRead,
    WorklistRead,
    ChangesRead,
    WorklistPrinted,
    WorklistExported,
    AttachmentRead,
    PackRead,

    /// <summary>A link to a pack was issued.</summary>
    PackLinked,

    /// <summary>A pack was read by a link, as the log of the storage account shows.</summary>
    PackLinkRead,

    /// <summary>An operator ended the links to packs of an organisation.</summary>
    PackLinksEnded,
    DeadLettersRead,
    DeadLetterReplayed,
    DeadLetterDiscarded,
    ModeChanged,

    /// <summary>An operator asked for an action that needs a second operator.</summary>
    ConfirmationAsked,

    /// <summary>A second operator confirmed it.</summary>
    ConfirmationGiven,

    /// <summary>An operator acted without a second one, in an emergency.</summary>
    ConfirmationOverridden,
    MessageChanged,
    TransferOrdered,
    TransfersRead,
    LegalHoldPlaced,
    LegalHoldLifted,

    /// <summary>An operator read whether and why a referral is kept.</summary>
    RetentionRead,

    /// <summary>The sweeper deletes a referral whose period of retention is over.</summary>
    ReferralDeleted,

    /// <summary>An operator erases a referral that was registered in error.</summary>
    ReferralErased,

    ServiceChanged,
    ServiceApproved,
    ServiceRejected,
    ServiceWithdrawn,

    /// <summary>A provider read which referrals have its slots.</summary>
    SlotsRead,

    /// <summary>An operator verified the audit trail of a day.</summary>
    AuditVerified,

    /// <summary>An operator searched the audit trail for a referral.</summary>
    AuditRead,
}
