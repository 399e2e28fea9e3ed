using EReferrals.Ers.Endpoints;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Reading;

/// <summary>A038: reads an appointment.</summary>
public sealed class RetrieveAppointmentFunction(AppointmentReading reading)
{
    [Function(nameof(RetrieveAppointmentFunction))]
    [Ers("A038")]
    public Task<HttpResponseData> RetrieveAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "referrals/FHIR/STU3/Appointment/{id}")] HttpRequestData request,
        string id,
        CancellationToken cancellationToken) =>
        reading.ReadAsync(request, id, version: null, cancellationToken);
}
