using System.Text.Json.Serialization;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>The change that created one version of a referral: an entry of its history, and the audit record of the change.</summary>
public sealed record ReferralEvent
{
    public required int Version { get; init; }

    public required DateTimeOffset At { get; init; }

    public required ReferralAction What { get; init; }

    /// <summary>Null for the first version.</summary>
    public ReferralState? From { get; init; }

    public required ReferralState To { get; init; }

    public required Actor By { get; init; }

    public string? Reason { get; init; }

    public string? Comments { get; init; }

    /// <summary>Set when the patient was corrected.</summary>
    public PatientCorrection? Patient { get; init; }

    /// <summary>The reason of a correction, as free text.</summary>
    public string? Why { get; init; }

    /// <summary>Set when an organisation was succeeded by another.</summary>
    public HandedOver? HandedOver { get; init; }

    public required string CorrelationId { get; init; }

    /// <summary>Set when the action was taken on paper and reported later; <see cref="By"/> is then the user who reported it.</summary>
    public OnPaper? OnPaper { get; init; }
}

[JsonConverter(typeof(CodeConverter<ReferralAction>))]
public enum ReferralAction
{
    Submitted,
    Accepted,
    Returned,
    Rejected,
    Booked,
    AppointmentCancelled,
    OutcomeRecorded,
    Redirected,
    LettersChanged,
    Cancelled,
    Deferred,
    SentForTriage,
    AppointmentCancelledActionLater,
    ShortlistChanged,
    OutcomeCorrected,
    Acknowledged,
    PatientCorrected,
    LettersChecked,
    HandedOver,
}
