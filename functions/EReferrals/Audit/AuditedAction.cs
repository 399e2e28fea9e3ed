using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Audit;

/// <summary>What is audited. A change of a referral is not here: its event, saved in the same transaction, is its audit.</summary>
[JsonConverter(typeof(CodeConverter<AuditedAction>))]
public enum AuditedAction
{
    /// <summary>Somebody who may not, or whose token is no longer good, tried.</summary>
    Refused,
    ReferralRead,
    HistoryRead,
    WorklistRead,
    ChangesRead,
    WorklistPrinted,
    WorklistExported,
    AttachmentRead,
    AttachmentStatusRead,
    PackRead,
    DeadLettersRead,
    DeadLetterReplayed,
    DeadLetterDiscarded,
    ModeChanged,
    MessageChanged,
    TransferOrdered,
    TransfersRead,
}
