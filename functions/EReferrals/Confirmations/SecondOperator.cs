using System.Net;
using System.Text.Json;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Resilience;
using EReferrals.Security;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Logging;

namespace EReferrals.Confirmations;

/// <summary>
/// Asks for a second operator's confirmation before an action that could do much harm. In an emergency an operator can act alone: that is recorded with
/// the reason, audited, and raises an alert.
/// </summary>
public sealed partial class SecondOperator(
    Settings settings,
    ConfirmationBoard board,
    IEnumerable<IConfirmableAction> actions,
    AuditTrail audit,
    ServiceTelemetry telemetry,
    TimeProvider clock,
    ILogger<SecondOperator> logger)
{
    /// <summary>The member of a request that overrides the confirmation.</summary>
    private const string Member = "emergency";

    // Leaves time for the action itself within the time limit of a request.
    private static readonly TimeSpan ListingLimit = TimeSpan.FromSeconds(3);

    public bool IsRequired => settings.SecondOperatorRequired;

    /// <summary>Why the caller acts alone; null when it does not.</summary>
    public static string? ReadEmergency(JsonFields fields) => OperatorReason.Read(fields, Member);

    /// <summary>The response that asks for a confirmation; null when the caller may act at once, because it overrides the confirmation.</summary>
    public async Task<HttpResponseData?> AskAsync(
        HttpRequestData request, ConfirmedAction action, JsonElement asked, string? emergency, CancellationToken cancellationToken)
    {
        if (emergency is not null)
        {
            await OverrideAsync(request.FunctionContext, action, asked, emergency, cancellationToken);
            return null;
        }

        var now = clock.GetUtcNow();
        // The same request, sent again or by a colleague, is the same confirmation.
        var present = (await board.ReadAsync(cancellationToken)).FindOpen(action, asked, now)
            ?? await AddAsync(request.FunctionContext, action, asked, cancellationToken);
        return await RespondAsync(request, present, cancellationToken);
    }

    private async Task<Confirmation?> AddAsync(FunctionContext context, ConfirmedAction action, JsonElement asked, CancellationToken cancellationToken)
    {
        var wanted = Confirmation.Ask(action, asked, context.Actor(), clock.GetUtcNow());
        await audit.WriteAsync(EntryOf(context, AuditedAction.ConfirmationAsked, wanted), cancellationToken);
        var list = await board.ChangeAsync(AddOnce, cancellationToken);
        return list.Find(wanted.Id) ?? list.FindOpen(action, asked, clock.GetUtcNow());

        // A colleague may have asked for it at the same time.
        ConfirmationList AddOnce(ConfirmationList before)
        {
            var now = clock.GetUtcNow();
            return before.FindOpen(action, asked, now) is null ? before.With(wanted, now) : before;
        }
    }

    // The audit entry and the alert record an emergency. The list of confirmations shows it too, but must never prevent it.
    private async Task OverrideAsync(
        FunctionContext context, ConfirmedAction action, JsonElement asked, string emergency, CancellationToken cancellationToken)
    {
        var alone = Confirmation.Override(action, asked, context.Actor(), clock.GetUtcNow(), emergency);
        await audit.WriteAsync(EntryOf(context, AuditedAction.ConfirmationOverridden, alone), cancellationToken);
        telemetry.Overridden();
        Log.Overridden(logger, context.Actor().Organisation, action, alone.Id);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ListingLimit);
        try
        {
            await board.ChangeAsync(list => list.With(alone, clock.GetUtcNow()), limit.Token);
        }
        catch (Exception ex) when (!Transient.IsStop(ex, cancellationToken))
        {
            Log.NotListed(logger, alone.Id, ex);
        }
    }

    private AuditEntry EntryOf(FunctionContext context, AuditedAction what, Confirmation one) =>
        actions.Single(action => action.Kind == one.Action).Describe(context.Audited(what) with { Confirmation = one.Id }, one.Request);

    private async Task<HttpResponseData> RespondAsync(HttpRequestData request, Confirmation? asked, CancellationToken cancellationToken)
    {
        if (asked is null) return await request.RespondAsync(TooMany, cancellationToken);
        var view = ConfirmationView.From(asked, clock.GetUtcNow());
        var response = await request.RespondAsync(HttpStatusCode.Accepted, view, ConfirmationsJson.Default.ConfirmationView, cancellationToken);
        return response.WithHeader("Location", $"/v1/operations/confirmations/{asked.Id}");
    }

    private static Problem TooMany { get; } = Problem.NotAcceptable(
        new FieldError("", "TOO_MANY_ITEMS", $"{ConfirmationList.Most} actions wait for a confirmation. Confirm them, or wait until they expire."));

    private static partial class Log
    {
        // The reason is free text, so it is not logged.
        [LoggerMessage(3201, LogLevel.Error, "An operator of {Organisation} did {Action} without a second operator; confirmation {Id} has the reason")]
        public static partial void Overridden(ILogger logger, string organisation, ConfirmedAction action, Guid id);

        [LoggerMessage(3202, LogLevel.Error, "The list of confirmations does not show {Id}, which an operator did without a second operator")]
        public static partial void NotListed(ILogger logger, Guid id, Exception ex);
    }
}
