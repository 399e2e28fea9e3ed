using EReferrals.Http.Requests;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands;

public sealed class BookAppointmentFunction(CommandEndpoint endpoint, CallerClock clock)
{
    [Function(nameof(BookAppointmentFunction))]
    [Requires(Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin)]
    public Task<HttpResponseData> BookAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/book")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) =>
        endpoint.ExecuteAsync(request, ubrn, Read, cancellationToken);

    private Command.Book? Read(JsonFields fields)
    {
        var start = fields.Instant("start", PlausibleRange.AppointmentStart, clock.Present, required: true);
        var end = fields.Instant("end", PlausibleRange.AppointmentEnd, Present.At(start), required: true);
        var clinician = fields.Text("clinician", CommandLimits.Code, text => Identifiers.IsUserId(text), "a user id of 12 digits");
        var location = fields.Text("location", CommandLimits.Location);
        return start is null || end is null ? null : new Command.Book(new Appointment(start.Value, end.Value, clinician, location));
    }
}
