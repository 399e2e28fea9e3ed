using EReferrals.Http;
using EReferrals.Intake;
using EReferrals.Referrals;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle;

/// <summary>Puts right who the patient is.</summary>
public sealed class CorrectPatientFunction(CommandEndpoint endpoint, CallerClock clock)
{
    [Function(nameof(CorrectPatientFunction))]
    [Requires(Role.ReferringClinician, Role.ReferringClinicianAdmin)]
    public Task<HttpResponseData> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/patient")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellation) =>
        endpoint.RunAsync(request, ubrn, Read, cancellation);

    private Command.CorrectPatient? Read(JsonFields fields)
    {
        var why = fields.Why();
        return SubmissionReader.ReadPatient(fields, clock.Present) is { } patient && why is not null ? new Command.CorrectPatient(patient, why) : null;
    }
}
