using System.Text.Json.Serialization;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>One code of a list of reasons, with the rules for its use.</summary>
public sealed record Reason(string Code, string Display, ReasonType Type)
{
    /// <summary>
    /// The command that accepts the code. Null for a provider's cancellation of an appointment and for non-attendance, which the rules recognise by type
    /// and list, and for codes that no command accepts.
    /// </summary>
    public ReasonUsage? Usage { get; init; }

    /// <summary>The roles that may use this code.</summary>
    public IReadOnlyList<Role> Roles { get; init; } = [];

    public bool CommentIsMandatory { get; init; }

    /// <summary>True when the code may cancel a referral whose patient has a booked appointment.</summary>
    public bool CanCancelAppointment { get; init; }

    public DateOnly? EffectiveFrom { get; init; }

    /// <summary>The first day on which the code is no longer valid; null when it has no end date.</summary>
    public DateOnly? EffectiveTo { get; init; }

    public bool IsInDate(DateOnly day) => (EffectiveFrom is null || day >= EffectiveFrom) && (EffectiveTo is null || day < EffectiveTo);
}

/// <summary>Which side gives the reason: the codes of the two e-RS code systems for reason types.</summary>
[JsonConverter(typeof(CodeConverter<ReasonType>))]
public enum ReasonType
{
    Patient,
    Provider,
    ProviderReject,
    ProviderTriage,
    Unknown,
}

/// <summary>Which command accepts the reason.</summary>
[JsonConverter(typeof(CodeConverter<ReasonUsage>))]
public enum ReasonUsage
{
    Reject,
    Cancel,
    CancelReferral,
}
