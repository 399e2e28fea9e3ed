using System.Net;
using System.Text.Json;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Security;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Logging;

namespace EReferrals.Confirmations;

/// <summary>
/// Asks for a second operator's confirmation before an action that could do much harm. In an emergency an operator can act alone: that is recorded with
/// the reason, audited, and raises an alert.
/// </summary>
public sealed partial class SecondOperator(
    Settings settings, ConfirmationBoard board, AuditTrail audit, ServiceTelemetry telemetry, TimeProvider clock, ILogger<SecondOperator> logger)
{
    /// <summary>The member of a request that overrides the confirmation.</summary>
    private const string Member = "emergency";

    private const int LongestReason = 500;

    public bool IsRequired => settings.SecondOperatorRequired;

    /// <summary>Why the caller acts alone; null when it does not.</summary>
    public static string? ReadEmergency(JsonFields fields) => fields.Text(Member, LongestReason, lines: true);

    /// <summary>The response that asks for a confirmation; null when the caller may act at once, because it overrides the confirmation.</summary>
    public async Task<HttpResponseData?> AskAsync(
        HttpRequestData request, ConfirmedAction action, JsonElement asked, string? emergency, CancellationToken cancellationToken)
    {
        var (context, now) = (request.FunctionContext, clock.GetUtcNow());
        var actor = context.Actor();
        if (emergency is null)
        {
            var wanted = Confirmation.Ask(action, asked, actor, now);
            // The same request, sent again or by a colleague, is the same confirmation.
            var present = (await board.ReadAsync(cancellationToken)).All.LastOrDefault(one => one.IsOpenAt(now) && one.Asks(action, asked));
            present ??= await AddAsync(request, wanted, AuditedAction.ConfirmationAsked, cancellationToken);
            return await RespondAsync(request, present, cancellationToken);
        }

        var alone = Confirmation.Override(action, asked, actor, now, emergency);
        if (await AddAsync(request, alone, AuditedAction.ConfirmationOverridden, cancellationToken) is null)
        {
            return await request.RespondAsync(TooMany, cancellationToken);
        }

        telemetry.Overridden();
        Log.Overridden(logger, actor.Organisation, action, alone.Id);
        return null;
    }

    private async Task<Confirmation?> AddAsync(
        HttpRequestData request, Confirmation added, AuditedAction what, CancellationToken cancellationToken)
    {
        await audit.WriteAsync(request.FunctionContext.Audited(what) with { Confirmation = added.Id }, cancellationToken);
        return (await board.ChangeAsync(list => list.With(added, clock.GetUtcNow()), cancellationToken)).Find(added.Id);
    }

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
    }
}
