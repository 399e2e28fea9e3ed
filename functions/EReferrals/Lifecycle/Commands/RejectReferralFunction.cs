using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands;

public sealed class RejectReferralFunction(CommandEndpoint endpoint)
{
    [Function(nameof(RejectReferralFunction))]
    [Requires(Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin)]
    public Task<HttpResponseData> RejectAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/reject")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) =>
        endpoint.ExecuteAsync(request, ubrn, fields => fields.ReadReject(), cancellationToken);
}
