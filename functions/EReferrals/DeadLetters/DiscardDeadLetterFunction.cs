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
/// <c>POST /v1/operations/dead-letters/{id}/discard</c>: discards a dead letter and stores the reason with it. The audit entry names the operator and
/// the dead letter, but not the reason, which is free text.
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
        if (!(await request.ReadJsonAsync(ReadReason, cancellationToken)).TryGet(out var reason, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        var letter = await quarantine.FindAsync(id, cancellationToken);
        if (letter is null) return await request.RespondAsync(DeadLetterProblems.Unknown, cancellationToken);
        await audit.WriteAsync(context.Audited(AuditedAction.DeadLetterDiscarded).About(letter), cancellationToken);
        await quarantine.DiscardAsync(letter, new Discarding(context.Actor().User, clock.GetUtcNow(), reason), cancellationToken);
        return request.Respond(HttpStatusCode.NoContent);
    }

    private static string? ReadReason(JsonFields fields) => fields.Text("reason", LongestReason, required: true, lines: true);
}
