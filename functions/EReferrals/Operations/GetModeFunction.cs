using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Operations;

/// <summary><c>GET /v1/operations/mode</c>: returns the mode that this instance knows.</summary>
public sealed class GetModeFunction(ServiceModes modes)
{
    [Function(nameof(GetModeFunction))]
    [Requires(Role.Operator)]
    public Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/operations/mode")] HttpRequestData request,
        CancellationToken cancellationToken) =>
        request.RespondAsync(HttpStatusCode.OK, modes.Current, OperationsJson.Default.OperatingMode, cancellationToken);
}
