using System.Text.Json;
using System.Text.Json.Serialization;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Confirmations;

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(ConfirmationList))]
[JsonSerializable(typeof(ConfirmationView))]
[JsonSerializable(typeof(ConfirmationsView))]
internal sealed partial class ConfirmationsJson : JsonSerializerContext;

/// <summary>The newest first.</summary>
internal sealed record ConfirmationsView(IReadOnlyList<ConfirmationView> Confirmations);

internal sealed record ConfirmationView(
    Guid Id,
    ConfirmedAction Action,
    ConfirmationState State,
    JsonElement Request,
    OperatorView By,
    DateTimeOffset At,
    DateTimeOffset Expires,
    OperatorView? ConfirmedBy,
    DateTimeOffset? ConfirmedAt,
    string? Emergency)
{
    public static ConfirmationView From(Confirmation one, DateTimeOffset now) => new(
        one.Id, one.Action, one.StateAt(now), one.Request, OperatorView.From(one.By)!, one.At, one.Expires, OperatorView.From(one.ConfirmedBy),
        one.ConfirmedAt, one.Emergency);
}

internal sealed record OperatorView(string User, string Organisation)
{
    public static OperatorView? From(Actor? actor) => actor is null ? null : new OperatorView(actor.User, actor.Organisation);
}
