using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands;

/// <summary>Removes a referral that came back from the referrer's worklists, once its staff have dealt with it.</summary>
public sealed class AcknowledgeReferralFunction(CommandEndpoint endpoint)
{
    [Function(nameof(AcknowledgeReferralFunction))]
    [Requires(Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ReferringAdmin)]
    public Task<HttpResponseData> AcknowledgeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/acknowledge")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) =>
        endpoint.ExecuteAsync(request, ubrn, fields => new Command.Acknowledge(fields.Comments()), cancellationToken);
}
