using System.Net;
using System.Text.Json;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Operations;

/// <summary><c>PUT /v1/operations/mode</c>: sets the mode on every instance within five seconds, even while the records account is unavailable.</summary>
public sealed class PutModeFunction(ServiceModes modes, AuditTrail audit, CallerClock clock)
{
    private const int LongestReason = 200;

    [Function(nameof(PutModeFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> PutAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "v1/operations/mode")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await JsonBody.ReadAsync(request, cancellationToken)).TryGet(out var body, out var unreadable))
        {
            return await request.RespondAsync(unreadable, cancellationToken);
        }

        using (body)
        {
            var (mode, errors) = Read(body.Root);
            if (mode is null) return await request.RespondAsync(Problem.NotAcceptable(errors), cancellationToken);
            await audit.WriteAsync(context.Audited(AuditedAction.ModeChanged), cancellationToken);
            await modes.ChangeAsync(mode, cancellationToken);
            return await request.RespondAsync(HttpStatusCode.OK, mode, OperationsJson.Default.OperatingMode, cancellationToken);
        }
    }

    private (OperatingMode? Mode, IReadOnlyList<FieldError> Errors) Read(JsonElement body)
    {
        var fields = new JsonFields(body, pointer: "", []);
        var readOnly = fields.Flag("readOnly", required: true);
        var uploads = fields.Flag("uploads", required: true);
        var booking = fields.Flag("booking", required: true);
        var reason = fields.Text("reason", LongestReason);
        var until = fields.Instant("until", PlausibleRange.ModeUntil, clock.Present);
        fields.RefuseOthers();
        return fields.Errors.Count > 0
            ? (null, fields.Errors)
            : (new OperatingMode(readOnly!.Value, uploads!.Value, booking!.Value, reason, until), []);
    }
}
