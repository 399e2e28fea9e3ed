using EReferrals.Http.Requests;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Services;
using EReferrals.Slots;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands.Booking;

/// <summary>Books a slot that the provider published, or, for the provider, an appointment that it arranged without one.</summary>
public sealed class BookAppointmentFunction(
    CommandEndpoint endpoint, ReferralTable referrals, ServiceDirectory services, SlotReservations slots, CallerClock clock)
{
    [Function(nameof(BookAppointmentFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin)]
    public Task<HttpResponseData> BookAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/book")] HttpRequestData request,
        string ubrn,
        FunctionContext context,
        CancellationToken cancellationToken) =>
        endpoint.ExecuteAsync(
            request,
            ubrn,
            (fields, token) => fields.Has("slot") ? ReadSlotAsync(ubrn, fields, context.Actor(), token) : ReadAppointmentAsync(ubrn, fields, token),
            cancellationToken);

    private async Task<Command?> ReadSlotAsync(string ubrn, JsonFields fields, Actor actor, CancellationToken cancellationToken)
    {
        var slot = fields.SlotId("slot");
        var service = fields.ServiceReference(required: false);
        fields.RefuseOthers();
        if (slot is null || fields.Errors.Count > 0) return null;
        var places = service is null ? PlacesOf(await FindAsync(ubrn, cancellationToken), actor) : [service];
        var named = await Task.WhenAll(places.Select(async place => (Service: place, Slot: await slots.NameAsync(place, slot, cancellationToken))));
        var found = named.Where(one => one.Slot.Found?.Name.Service == one.Service).ToArray();
        if (found.Length > 1)
        {
            fields.Add("service", "VALUE_IS_REQUIRED", $"Several services have a slot {slot}. Name the service.");
            return null;
        }

        // No shortlist when there is no such referral, and then the answer says so.
        var (id, choice) = found.Length == 1 ? found[0] : named.Length > 0 ? named[0] : ("", new NamedSlot(slot, null));
        return new Command.BookSlot(await services.NameAsync(id, actor, cancellationToken), choice);
    }

    private async Task<Command?> ReadAppointmentAsync(string ubrn, JsonFields fields, CancellationToken cancellationToken)
    {
        var start = fields.Instant("start", PlausibleRange.AppointmentStart, clock.Present, required: true);
        var end = fields.Instant("end", PlausibleRange.AppointmentEnd, Present.At(start), required: true);
        var clinician = fields.Text("clinician", CommandLimits.Code, text => Identifiers.IsUserId(text), "a user id of 12 digits");
        var location = fields.Text("location", CommandLimits.Location);
        if (start is null || end is null) return null;
        // Only then does it matter how the service is booked.
        var service = start == end && await FindAsync(ubrn, cancellationToken) is { } referral
            ? await services.FindForAsync(referral.Service.Id, referral.Service.Provider, cancellationToken)
            : null;
        return new Command.Book(new Appointment(start.Value, end.Value, clinician, location), service);
    }

    private static IReadOnlyList<string> PlacesOf(Referral? referral, Actor actor) =>
        referral is null ? [] : actor.Role.IsReferring() ? referral.Shortlist : [referral.Service.Id];

    private async Task<Referral?> FindAsync(string ubrn, CancellationToken cancellationToken) =>
        Ubrn.TryParse(ubrn, out var number) ? (await referrals.FindAsync(number, cancellationToken))?.Referral : null;
}
