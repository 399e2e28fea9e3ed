using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.DeadLetters;

/// <summary><c>GET /v1/operations/dead-letters/{id}</c>: everything about a dead letter except its body.</summary>
public sealed class GetDeadLetterFunction(QuarantineTable quarantine, AuditTrail audit)
{
    [Function(nameof(GetDeadLetterFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/operations/dead-letters/{id}")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var letter = await quarantine.FindAsync(id, cancellationToken);
        if (letter is null) return await request.RespondAsync(DeadLetterProblems.Unknown, cancellationToken);
        await audit.WriteAsync(context.Audited(AuditedAction.DeadLettersRead).About(letter), cancellationToken);
        return await request.RespondAsync(HttpStatusCode.OK, DeadLetterView.From(letter), DeadLetterJson.Default.DeadLetterView, cancellationToken);
    }
}
