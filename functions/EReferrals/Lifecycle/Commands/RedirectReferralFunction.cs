using EReferrals.Http.Requests;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Services;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands;

public sealed class RedirectReferralFunction(CommandEndpoint endpoint, ServiceDirectory services)
{
    [Function(nameof(RedirectReferralFunction))]
    [Requires(Role.ReferringClinician, Role.ReferringClinicianAdmin)]
    public Task<HttpResponseData> RedirectAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/redirect")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) =>
        endpoint.ExecuteAsync(request, ubrn, ReadAsync, cancellationToken);

    private async Task<Command?> ReadAsync(JsonFields fields, CancellationToken cancellationToken)
    {
        var service = fields.Text("service", CommandLimits.Code, Identifiers.IsServiceReference, "an id of letters, digits and hyphens", required: true);
        var priority = fields.Code<Priority>("priority");
        var reason = fields.Text("reason", CommandLimits.Comments, lines: true);
        return service is null ? null : new Command.Redirect(await services.NameAsync(service, cancellationToken), priority, reason);
    }
}
