using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Logging;

namespace EReferrals.Operations;

/// <summary><c>PUT /v1/operations/mode</c>: sets the mode on every instance within five seconds, even while the records account is unavailable.</summary>
public sealed partial class PutModeFunction(
    ServiceModes modes, AuditTrail audit, ServiceTelemetry telemetry, CallerClock clock, ILogger<PutModeFunction> logger)
{
    private const int LongestReason = 200;

    [Function(nameof(PutModeFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> PutAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "v1/operations/mode")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await request.ReadJsonAsync(Read, cancellationToken)).TryGet(out var mode, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        await audit.WriteAsync(context.Audited(AuditedAction.ModeChanged), cancellationToken);
        await modes.ChangeAsync(mode, cancellationToken);
        telemetry.ModeChanged();
        Log.Changed(logger, context.Actor().Organisation, mode.ReadOnly, mode.Uploads, mode.Booking);
        return await request.RespondAsync(HttpStatusCode.OK, mode, OperationsJson.Default.OperatingMode, cancellationToken);
    }

    private OperatingMode? Read(JsonFields fields)
    {
        var readOnly = fields.Flag("readOnly", required: true);
        var uploads = fields.Flag("uploads", required: true);
        var booking = fields.Flag("booking", required: true);
        var reason = fields.Text("reason", LongestReason);
        var until = fields.Instant("until", PlausibleRange.ModeUntil, clock.Present);
        return readOnly is null || uploads is null || booking is null
            ? null
            : new OperatingMode(readOnly.Value, uploads.Value, booking.Value, reason, until);
    }

    private static partial class Log
    {
        // The reason is free text, so it is not logged.
        [LoggerMessage(2002, LogLevel.Warning, "An operator of {Organisation} set the mode: read-only {ReadOnly}, uploads {Uploads}, booking {Booking}")]
        public static partial void Changed(ILogger logger, string organisation, bool readOnly, bool uploads, bool booking);
    }
}
