using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands;

/// <summary>Acknowledges a referral that came back, which takes it off the referrer's worklists.</summary>
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
