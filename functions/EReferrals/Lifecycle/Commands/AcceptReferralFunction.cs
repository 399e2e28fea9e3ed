using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands;

public sealed class AcceptReferralFunction(CommandEndpoint endpoint)
{
    [Function(nameof(AcceptReferralFunction))]
    [Requires(Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ProviderAuthorisedApplication)]
    public Task<HttpResponseData> AcceptAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/accept")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) =>
        endpoint.ExecuteAsync(request, ubrn, fields => fields.ReadAccept(), cancellationToken);
}
