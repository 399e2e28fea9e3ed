using System.Text.Json.Serialization;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals;

/// <summary>One code of a list of reasons, and when it may be used.</summary>
public sealed record Reason(string Code, string Display, ReasonType Type)
{
    /// <summary>Null for a code that is in the list and not for callers of commands.</summary>
    public ReasonUsage? Usage { get; init; }

    /// <summary>The roles that may give it.</summary>
    public IReadOnlyList<Role> Roles { get; init; } = [];

    public bool CommentIsMandatory { get; init; }

    /// <summary>It may end a referral whose patient is booked.</summary>
    public bool CanCancelAppointment { get; init; }

    public DateOnly? EffectiveFrom { get; init; }

    /// <summary>The last day; null while no end is known.</summary>
    public DateOnly? EffectiveTo { get; init; }

    public bool IsInDate(DateOnly day) => !(day < EffectiveFrom) && !(day > EffectiveTo);
}

/// <summary>Whose reason it is: the codes of the two e-RS code systems for reason types.</summary>
[JsonConverter(typeof(CodeConverter<ReasonType>))]
public enum ReasonType
{
    Patient,
    Provider,
    ProviderReject,
    ProviderTriage,
    Unknown,
}

/// <summary>What a reason is given for.</summary>
[JsonConverter(typeof(CodeConverter<ReasonUsage>))]
public enum ReasonUsage
{
    Reject,
    Cancel,
    CancelReferral,
}
