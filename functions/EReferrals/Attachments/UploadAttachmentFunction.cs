using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Attachments.Files;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Attachments;

/// <summary><c>POST /v1/attachments</c>: uploads one file. It can be linked to a referral at once, and read when the scanner has found it clean.</summary>
public sealed class UploadAttachmentFunction(AttachmentUpload upload, AttachmentAccess access)
{
    [Function(nameof(UploadAttachmentFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin)]
    public async Task<HttpResponseData> UploadAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/attachments")] HttpRequestData request,
        CancellationToken cancellationToken)
    {
        var taken = await upload.TakeAsync(
            request, FileName.Decode, (ubrn, token) => access.WhyNotForAsync(ubrn, request.FunctionContext, token), cancellationToken);
        if (!taken.TryGet(out var attachment, out var problem)) return await request.RespondAsync(problem, cancellationToken);

        var receipt = new AttachmentReceipt(
            attachment.Id, attachment.Name, attachment.ContentType, attachment.Size, attachment.Sha256, attachment.Status);
        var response = await request.RespondAsync(HttpStatusCode.Created, receipt, AttachmentJson.Default.AttachmentReceipt, cancellationToken);
        return response.WithHeader("Location", $"/v1/attachments/{attachment.Id}");
    }
}
