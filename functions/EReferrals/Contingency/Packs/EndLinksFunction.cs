using System.Net;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Contingency.Packs;

/// <summary><c>DELETE /v1/operations/pack-links/{organisation}</c>: ends all links to packs of one organisation, when one got into the wrong hands.</summary>
public sealed class EndLinksFunction(PackBlobs packs, AuditTrail audit)
{
    [Function(nameof(EndLinksFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> EndAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "v1/operations/pack-links/{organisation}")] HttpRequestData request,
        string organisation,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!Identifiers.IsOdsCode(organisation))
        {
            var error = FieldError.OfParameter("organisation", "INVALID_VALUE", "organisation must be an ODS code, such as RX1.");
            return await request.RespondAsync(Problem.BadRequest(error), cancellationToken);
        }

        await audit.WriteAsync(context.Audited(AuditedAction.PackLinksEnded) with { Link = $"{organisation}/*" }, cancellationToken);
        var ended = await packs.EndLinksAsync(organisation, cancellationToken);
        return await request.RespondAsync(HttpStatusCode.OK, new EndedLinks(organisation, ended), ContingencyJson.Default.EndedLinks, cancellationToken);
    }
}
