using System.Net;
using EReferrals.Http;
using EReferrals.Referrals;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Attachments;

/// <summary>Takes one file in. It can be linked to a referral at once, and read when the scanner has found it clean.</summary>
public sealed class UploadAttachmentFunction(AttachmentIntake intake)
{
    [Function(nameof(UploadAttachmentFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin)]
    public async Task<HttpResponseData> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/attachments")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellation)
    {
        // Before anything else: what is announced as too large is not read at all.
        if (long.TryParse(request.Header("Content-Length"), out var announced) && announced > AttachmentIntake.Limit)
        {
            return await request.AnswerAsync(Problem.TooLarge(AttachmentIntake.Limit), cancellation);
        }

        var (headers, problem) = UploadHeaders.Read(request);
        if (headers is null) return await request.AnswerAsync(problem!, cancellation);
        var bytes = await JsonBody.ReadBytesAsync(request, AttachmentIntake.Limit, cancellation);
        if (bytes is null) return await request.AnswerAsync(Problem.TooLarge(AttachmentIntake.Limit), cancellation);
        var faults = headers.FaultsOf(bytes);
        if (faults.Count > 0) return await request.AnswerAsync(Problem.NotAcceptable(faults), cancellation);

        var kept = await intake.KeepAsync(
            headers.FileName, headers.ContentType, bytes, headers.UploadedFor, context.Actor(), cancellation);
        var receipt = new AttachmentReceipt(kept.Id, kept.Name, kept.ContentType, kept.Size, kept.Sha256, kept.Status);
        var response = await request.AnswerAsync(HttpStatusCode.Created, receipt, AttachmentJson.Default.AttachmentReceipt, cancellation);
        return response.WithHeader("Location", $"/v1/attachments/{kept.Id}");
    }
}
