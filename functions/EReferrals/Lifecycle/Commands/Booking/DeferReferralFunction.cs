using EReferrals.Http.Requests;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Services;
using EReferrals.Slots;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands.Booking;

/// <summary>Asks the provider to arrange the appointment, because no slot could be booked.</summary>
public sealed class DeferReferralFunction(CommandEndpoint endpoint, ServiceDirectory services, SlotReservations slots)
{
    [Function(nameof(DeferReferralFunction))]
    [Requires(Role.ReferringClinician, Role.ReferringClinicianAdmin)]
    public Task<HttpResponseData> DeferAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/defer")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) =>
        endpoint.ExecuteAsync(request, ubrn, ReadAsync, cancellationToken);

    private async Task<Command?> ReadAsync(JsonFields fields, CancellationToken cancellationToken)
    {
        var service = fields.ServiceReference();
        var reason = fields.Code<DeferralReason>("reason", required: true);
        var slot = fields.SlotId("slot");
        var comments = fields.Comments();
        if (service is null || reason is not { } why || fields.Errors.Count > 0) return null;
        return new Command.Defer(await services.NameAsync(service, cancellationToken), why, comments)
        {
            Slot = slot is null ? null : await slots.NameAsync(service, slot, cancellationToken),
            FreeSlots = why == DeferralReason.NoSlotsAtService ? await slots.FreePrioritiesAsync(service, cancellationToken) : [],
        };
    }
}
