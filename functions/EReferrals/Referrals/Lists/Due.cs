using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Lists;

/// <summary>Who must do what next, and until when.</summary>
public sealed record Due(DateTimeOffset By, Side Side, Overdue What);

/// <summary>The two sides of a referral.</summary>
[JsonConverter(typeof(CodeConverter<Side>))]
public enum Side
{
    Referrer,
    Provider,
}

/// <summary>What can be waited for too long.</summary>
[JsonConverter(typeof(CodeConverter<Overdue>))]
public enum Overdue
{
    Review,
    Letter,

    /// <summary>An appointment.</summary>
    Booking,

    /// <summary>What became of an appointment whose day has passed.</summary>
    Outcome,

    /// <summary>The referrer's, with a referral that came back: send it on, end it or acknowledge it.</summary>
    NextStep,
}
