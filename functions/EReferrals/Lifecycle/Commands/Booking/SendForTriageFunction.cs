using EReferrals.Http.Requests;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Services;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands.Booking;

/// <summary>Sends the referral to a triage service of its shortlist.</summary>
public sealed class SendForTriageFunction(CommandEndpoint endpoint, ServiceDirectory services)
{
    [Function(nameof(SendForTriageFunction))]
    [Requires(Role.ReferringClinician, Role.ReferringClinicianAdmin)]
    public Task<HttpResponseData> SendAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/send-for-triage")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) =>
        endpoint.ExecuteAsync(request, ubrn, ReadAsync, cancellationToken);

    private async Task<Command?> ReadAsync(JsonFields fields, CancellationToken cancellationToken)
    {
        var service = fields.ServiceReference();
        var comments = fields.Comments();
        return service is null ? null : new Command.SendForTriage(await services.NameAsync(service, cancellationToken), comments);
    }
}
