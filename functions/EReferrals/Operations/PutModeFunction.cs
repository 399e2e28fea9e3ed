using System.Net;
using System.Text.Json;
using EReferrals.ApiDocs;
using EReferrals.Confirmations;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Operations;

/// <summary>
/// <c>PUT /v1/operations/mode</c>: sets the mode on every instance within five seconds, even while the records account is unavailable. A switch to
/// read-only may need a second operator's confirmation.
/// </summary>
public sealed class PutModeFunction(ServiceModes modes, ModeSwitch change, SecondOperator second, CallerClock clock)
{
    private const int LongestReason = 200;

    [Function(nameof(PutModeFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> PutAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "v1/operations/mode")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await request.ReadJsonAsync(Read, cancellationToken)).TryGet(out var asked, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        var mode = asked.Mode;
        if (second.IsRequired && mode.ReadOnly && !await modes.IsReadOnlyNowAsync(cancellationToken))
        {
            var wanted = JsonSerializer.SerializeToElement(mode, OperationsJson.Default.OperatingMode);
            if (await second.AskAsync(request, ConfirmedAction.ReadOnly, wanted, asked.Emergency, cancellationToken) is { } response) return response;
        }

        await change.ApplyAsync(mode, context, cancellationToken);
        return await request.RespondAsync(HttpStatusCode.OK, mode, OperationsJson.Default.OperatingMode, cancellationToken);
    }

    private ModeRequest? Read(JsonFields fields)
    {
        var readOnly = fields.Flag("readOnly", required: true);
        var uploads = fields.Flag("uploads", required: true);
        var booking = fields.Flag("booking", required: true);
        var reason = OperatorReason.Read(fields, "reason", lines: false, longest: LongestReason);
        var until = fields.Instant("until", PlausibleRange.ModeUntil, clock.Present);
        var emergency = SecondOperator.ReadEmergency(fields);
        return readOnly is null || uploads is null || booking is null
            ? null
            : new ModeRequest(new OperatingMode(readOnly.Value, uploads.Value, booking.Value, reason, until), emergency);
    }

    private sealed record ModeRequest(OperatingMode Mode, string? Emergency);
}
