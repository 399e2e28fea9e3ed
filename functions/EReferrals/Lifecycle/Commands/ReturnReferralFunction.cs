using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands;

public sealed class ReturnReferralFunction(CommandEndpoint endpoint)
{
    [Function(nameof(ReturnReferralFunction))]
    [Requires(Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ProviderAuthorisedApplication)]
    public Task<HttpResponseData> ReturnAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/return")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) =>
        endpoint.ExecuteAsync(request, ubrn, fields => fields.ReadReturn(), cancellationToken);
}
