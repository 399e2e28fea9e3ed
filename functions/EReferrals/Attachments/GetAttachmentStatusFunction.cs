using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Attachments;

/// <summary><c>GET /v1/attachments/{id}/status</c>: the scan status of a file.</summary>
public sealed class GetAttachmentStatusFunction(AttachmentAccess access)
{
    [Function(nameof(GetAttachmentStatusFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin,
        Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/attachments/{id}/status")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await access.OpenAsync(id, context, cancellationToken)).TryGet(out var opened, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        var attachment = opened.Attachment;
        var scan = new AttachmentScan(attachment.Id, attachment.Status, attachment.ScannedAt);
        return await request.RespondAsync(HttpStatusCode.OK, scan, AttachmentJson.Default.AttachmentScan, cancellationToken);
    }
}
