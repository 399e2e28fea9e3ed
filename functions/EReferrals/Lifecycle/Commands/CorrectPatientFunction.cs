using EReferrals.Http.Requests;
using EReferrals.Intake;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Services;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands;

/// <summary>Corrects the patient's details.</summary>
public sealed class CorrectPatientFunction(CommandEndpoint endpoint, ReferralTable referrals, ServiceDirectory services, CallerClock clock)
{
    [Function(nameof(CorrectPatientFunction))]
    [Requires(Role.ReferringClinician, Role.ReferringClinicianAdmin)]
    public Task<HttpResponseData> CorrectAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/patient")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) =>
        endpoint.ExecuteAsync(request, ubrn, (fields, token) => ReadAsync(ubrn, fields, token), cancellationToken);

    private async Task<Command?> ReadAsync(string ubrn, JsonFields fields, CancellationToken cancellationToken)
    {
        var why = fields.Why();
        if (SubmissionReader.ReadPatient(fields, clock.Present) is not { } patient || why is null) return null;
        return new Command.CorrectPatient(patient, why, await ServiceAsync(ubrn, cancellationToken));
    }

    // If the referral is redirected in the meantime, the rules ignore this service.
    private async Task<Service?> ServiceAsync(string ubrn, CancellationToken cancellationToken) =>
        Ubrn.TryParse(ubrn, out var number) && await referrals.FindAsync(number, cancellationToken) is { Referral.Service: { } service }
            ? await services.FindForAsync(service.Id, service.Provider, cancellationToken)
            : null;
}
