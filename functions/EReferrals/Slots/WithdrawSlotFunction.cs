using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Slots;
using EReferrals.Security;
using EReferrals.Services;
using EReferrals.Storage.Slots;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Slots;

/// <summary><c>DELETE /v1/services/{id}/slots/{slot}</c>: withdraws a free slot.</summary>
public sealed class WithdrawSlotFunction(ServiceDirectory services, SlotTable slots, SlotReservations reservations)
{
    private const int Tries = 4;

    [Function(nameof(WithdrawSlotFunction))]
    [Requires(Role.ServiceDefiner, Role.ServiceProviderAdmin)]
    public async Task<HttpResponseData> WithdrawAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "v1/services/{id}/slots/{slot}")] HttpRequestData request,
        string id,
        string slot,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (await services.WhyNotOwnAsync(id, context.Actor(), cancellationToken) is { } problem) return await request.RespondAsync(problem, cancellationToken);
        var name = new SlotName(id, slot);
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            // Settles an expired reservation.
            if (!SlotName.IsId(slot) || await reservations.FindAsync(name, cancellationToken) is null
                || await slots.FindAsync(name, cancellationToken) is not { } stored)
            {
                return await request.RespondAsync(SlotProblems.NoSlot, cancellationToken);
            }

            if (stored.Slot.Hold is not null) return await request.RespondAsync(Booked, cancellationToken);
            if (await slots.TryDeleteAsync(stored, cancellationToken)) return request.Respond(HttpStatusCode.NoContent);
        }

        return await request.RespondAsync(Changing, cancellationToken);
    }

    private static Problem Booked => SlotProblems.NotAvailable("The slot is booked. To withdraw it, cancel the appointment of its referral first.");

    private static Problem Changing => SlotProblems.NotAvailable("The slot was changed at the same time. Send the request again.");
}
