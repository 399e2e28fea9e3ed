using System.Text.Json.Serialization;
using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Lists;

/// <summary>The next action that is due: the deadline, the side that must act, and the action.</summary>
public sealed record Due(DateTimeOffset By, Side Side, Overdue What);

/// <summary>The two sides of a referral.</summary>
[JsonConverter(typeof(CodeConverter<Side>))]
public enum Side
{
    Referrer,
    Provider,
}

/// <summary>The actions that can become overdue.</summary>
[JsonConverter(typeof(CodeConverter<Overdue>))]
public enum Overdue
{
    Review,
    Letter,

    /// <summary>Booking an appointment.</summary>
    Booking,

    /// <summary>Recording the outcome of an appointment whose day has passed.</summary>
    Outcome,

    /// <summary>The referrer's action on a referral that came back: redirect, cancel or acknowledge it.</summary>
    NextStep,
}
