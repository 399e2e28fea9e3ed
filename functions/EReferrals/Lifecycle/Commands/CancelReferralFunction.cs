using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands;

public sealed class CancelReferralFunction(CommandEndpoint endpoint)
{
    [Function(nameof(CancelReferralFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ProviderAuthorisedApplication)]
    public Task<HttpResponseData> CancelAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/cancel")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) =>
        endpoint.ExecuteAsync(request, ubrn, fields => fields.ReadCancel(), cancellationToken);
}
