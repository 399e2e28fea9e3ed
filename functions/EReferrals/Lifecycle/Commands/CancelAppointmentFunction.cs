using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands;

/// <summary>Cancels an appointment: a referrer cancels it for the patient, a provider for itself.</summary>
public sealed class CancelAppointmentFunction(CommandEndpoint endpoint)
{
    [Function(nameof(CancelAppointmentFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin)]
    public Task<HttpResponseData> CancelAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/appointment/cancel")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) =>
        endpoint.ExecuteAsync(request, ubrn, fields => fields.ReadCancelAppointment(), cancellationToken);
}
