using EReferrals.Http.Requests;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Services;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands.Booking;

/// <summary>Replaces the services that the referrer chooses from.</summary>
public sealed class ChangeShortlistFunction(CommandEndpoint endpoint, ServiceDirectory services)
{
    private const int MaxServices = 20;

    [Function(nameof(ChangeShortlistFunction))]
    [Requires(Role.ReferringClinician, Role.ReferringClinicianAdmin)]
    public Task<HttpResponseData> ChangeAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/shortlist")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) =>
        endpoint.ExecuteAsync(request, ubrn, ReadAsync, cancellationToken);

    private async Task<Command?> ReadAsync(JsonFields fields, CancellationToken cancellationToken)
    {
        var shortlist = fields.ServiceReferences("shortlist", MaxServices);
        var priority = fields.Code<Priority>("priority", required: true);
        var letter = fields.Code<LetterIntention>("letter", required: true);
        if (shortlist is null || priority is not { } urgency || letter is not { } intention || fields.Errors.Count > 0) return null;
        var named = await services.NameAsync(shortlist, cancellationToken);
        return new Command.ChangeShortlist(named, urgency, intention);
    }
}
