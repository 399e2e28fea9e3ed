using EReferrals.Ers.Endpoints;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Reading;

/// <summary>A038 with a version: reads an appointment if that version is the current one.</summary>
public sealed class RetrieveAppointmentVersionFunction(AppointmentReading reading)
{
    [Function(nameof(RetrieveAppointmentVersionFunction))]
    [Ers("A038")]
    public Task<HttpResponseData> RetrieveAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "referrals/FHIR/STU3/Appointment/{id}/_history/{version}")] HttpRequestData request,
        string id,
        string version,
        CancellationToken cancellationToken) =>
        reading.ReadAsync(request, id, version, cancellationToken);
}
