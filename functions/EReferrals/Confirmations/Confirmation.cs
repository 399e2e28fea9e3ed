using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Confirmations;

/// <summary>An action of an operator that needs another operator's confirmation. Pure.</summary>
/// <param name="Request">What exactly is asked for, as JSON of the slice that carries it out.</param>
/// <param name="By">The operator who asked for it.</param>
/// <param name="Emergency">Why it was done without a confirmation; null when it was not.</param>
/// <param name="Turn">Which request carries it out, or stopped while it did; null when none has begun.</param>
public sealed record Confirmation(
    Guid Id,
    ConfirmedAction Action,
    JsonElement Request,
    Actor By,
    DateTimeOffset At,
    DateTimeOffset Expires,
    ConfirmationState State,
    Actor? ConfirmedBy = null,
    DateTimeOffset? ConfirmedAt = null,
    string? Emergency = null,
    ConfirmationTurn? Turn = null)
{
    public static readonly TimeSpan Valid = TimeSpan.FromMinutes(30);

    public static Confirmation Ask(ConfirmedAction action, JsonElement request, Actor by, DateTimeOffset now) =>
        new(Guid.CreateVersion7(now), action, request, by, now, now + Valid, ConfirmationState.Waiting);

    /// <summary>The record of an action that an operator carried out alone.</summary>
    public static Confirmation Override(ConfirmedAction action, JsonElement request, Actor by, DateTimeOffset now, string emergency) =>
        Ask(action, request, by, now) with { State = ConfirmationState.Overridden, Emergency = emergency };

    public bool IsOpenAt(DateTimeOffset now) => State is ConfirmationState.Waiting or ConfirmationState.Confirmed && now < Expires;

    /// <summary>The state that a reader sees: what was not confirmed in time has expired. What was confirmed may have been carried out.</summary>
    public ConfirmationState StateAt(DateTimeOffset now) => State == ConfirmationState.Waiting && now >= Expires ? ConfirmationState.Expired : State;

    public bool Asks(ConfirmedAction action, JsonElement request) => Action == action && JsonElement.DeepEquals(Request, request);

    /// <summary>Gives a request the turn to carry it out, unless it is closed, or another request has the turn.</summary>
    public Confirmation Take(Guid turn, DateTimeOffset now) =>
        IsOpenAt(now) && !(now < Turn?.Until) ? this with { Turn = new ConfirmationTurn(turn, now + ConfirmationTurn.Limit) } : this;

    /// <summary>Another operator confirmed it. The first one who confirmed stays named.</summary>
    public Confirmation Confirm(Actor by, DateTimeOffset now) => State == ConfirmationState.Waiting
        ? this with { State = ConfirmationState.Confirmed, ConfirmedBy = by, ConfirmedAt = now }
        : this;

    public Confirmation Finish() => State == ConfirmationState.Confirmed ? this with { State = ConfirmationState.Done, Turn = null } : this;
}

[JsonConverter(typeof(CodeConverter<ConfirmedAction>))]
public enum ConfirmedAction
{
    ReadOnly,
    DiscardDeadLetter,
}

[JsonConverter(typeof(CodeConverter<ConfirmationState>))]
public enum ConfirmationState
{
    Waiting,

    /// <summary>
    /// Confirmed and not marked as done: the process stopped before, while or after it carried the action out. Confirming again in time carries it out.
    /// </summary>
    Confirmed,
    Done,

    /// <summary>To be carried out at once without a confirmation, in an emergency. The audit entry of the action says that it was.</summary>
    Overridden,

    /// <summary>Nobody confirmed it in time. Never stored.</summary>
    Expired,
}
