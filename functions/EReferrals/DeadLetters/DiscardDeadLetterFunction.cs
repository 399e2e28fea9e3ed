using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.DeadLetters;

/// <summary>
/// <c>POST /v1/operations/dead-letters/{id}/discard</c>: it will not be processed, for a reason that is kept with it. The audit entry says
/// who and which; the reason is a free text, and has no place there.
/// </summary>
public sealed class DiscardDeadLetterFunction(QuarantineTable quarantine, AuditTrail audit, TimeProvider clock)
{
    private const int LongestReason = 500;

    [Function(nameof(DiscardDeadLetterFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> DiscardAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operations/dead-letters/{id}/discard")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await JsonBody.ReadAsync(request, cancellationToken)).TryGet(out var body, out var unreadable)) return await request.RespondAsync(unreadable, cancellationToken);
        using (body)
        {
            var fields = new JsonFields(body.Root, pointer: "", []);
            var reason = fields.Text("reason", LongestReason, required: true, lines: true);
            fields.RefuseOthers();
            if (fields.Errors.Count > 0) return await request.RespondAsync(Problem.NotAcceptable(fields.Errors), cancellationToken);
            if (await quarantine.FindAsync(id, cancellationToken) is not { } letter) return await request.RespondAsync(DeadLetterProblems.Unknown, cancellationToken);
            await audit.WriteAsync(context.Audited(AuditedAction.DeadLetterDiscarded).About(letter), cancellationToken);
            await quarantine.DiscardAsync(letter, new Discarding(context.Actor().User, clock.GetUtcNow(), reason!), cancellationToken);
            return request.Respond(HttpStatusCode.NoContent);
        }
    }
}
