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
    public async Task<HttpResponseData> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operations/dead-letters/{id}/discard")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellation)
    {
        var (body, unreadable) = await JsonBody.ReadAsync(request, cancellation);
        if (body is null) return await request.AnswerAsync(unreadable!, cancellation);
        using (body)
        {
            var fields = new JsonFields(body.Root, pointer: "", []);
            var reason = fields.Text("reason", LongestReason, required: true, lines: true);
            fields.RefuseOthers();
            if (fields.Errors.Count > 0) return await request.AnswerAsync(Problem.NotAcceptable(fields.Errors), cancellation);
            if (await quarantine.FindAsync(id, cancellation) is not { } letter) return await request.AnswerAsync(DeadLetterProblems.Unknown, cancellation);
            await audit.WriteAsync(context.Audited(AuditedAction.DeadLetterDiscarded).About(letter), cancellation);
            await quarantine.DiscardAsync(letter, new Discarding(context.Actor().User, clock.GetUtcNow(), reason!), cancellation);
            return request.Answer(HttpStatusCode.NoContent);
        }
    }
}
