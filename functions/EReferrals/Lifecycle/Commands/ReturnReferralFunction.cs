using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands;

public sealed class ReturnReferralFunction(CommandEndpoint endpoint, NamedAttachments attachments)
{
    [Function(nameof(ReturnReferralFunction))]
    [Requires(Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ProviderAuthorisedApplication)]
    public Task<HttpResponseData> ReturnAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals/{ubrn}/return")] HttpRequestData request,
        string ubrn,
        CancellationToken cancellationToken) =>
        endpoint.ExecuteAsync(
            request,
            ubrn,
            async (fields, token) =>
            {
                var (back, files) = (fields.ReadReturn(), fields.Files());
                return back is null || fields.Errors.Count > 0 ? null : back with { Files = await attachments.FindAsync(files, token) };
            },
            cancellationToken);
}
