using System.Net;
using System.Text;
using EReferrals.ApiDocs;
using EReferrals.Attachments.Files;
using EReferrals.Http.Requests;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Attachments;

/// <summary><c>POST /v1/attachments</c>: uploads one file. It can be linked to a referral at once, and read when the scanner has found it clean.</summary>
public sealed class UploadAttachmentFunction(AttachmentIntake intake, IdempotencyTable keys, AttachmentTable attachments)
{
    [Function(nameof(UploadAttachmentFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin)]
    public async Task<HttpResponseData> UploadAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/attachments")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        // Check this first, so that a body whose Content-Length is too large is not read at all.
        if (RequestBody.Refuse(request, AttachmentIntake.Limit) is { } refused) return await request.RespondAsync(refused, cancellationToken);
        if (!IdempotencyKey.From(request).TryGet(out var key, out var badKey)) return await request.RespondAsync(badKey, cancellationToken);
        if (!UploadHeaders.Read(request).TryGet(out var headers, out var problem)) return await request.RespondAsync(problem, cancellationToken);
        if (!(await RequestBody.ReadAsync(request, AttachmentIntake.Limit, cancellationToken)).TryGet(out var bytes, out var unreadable))
        {
            return await request.RespondAsync(unreadable, cancellationToken);
        }

        var faults = headers.FaultsOf(bytes);
        if (faults.Count > 0) return await request.RespondAsync(Problem.NotAcceptable(faults), cancellationToken);

        var id = await IdAsync(request, key, headers, bytes, context.Actor(), cancellationToken);
        if (id is null) return await request.RespondAsync(IdempotencyKey.UsedOtherwise, cancellationToken);
        var attachment = await intake.KeepAsync(
            id, headers.FileName, headers.ContentType, bytes, headers.UploadedFor, context.Actor(), cancellationToken);
        // After a retry, the scanner may have finished: return the present status.
        if (key is not null) attachment = await attachments.FindAsync(id, cancellationToken) ?? attachment;
        var receipt = new AttachmentReceipt(
            attachment.Id, attachment.Name, attachment.ContentType, attachment.Size, attachment.Sha256, attachment.Status);
        var response = await request.RespondAsync(HttpStatusCode.Created, receipt, AttachmentJson.Default.AttachmentReceipt, cancellationToken);
        return response.WithHeader("Location", $"/v1/attachments/{attachment.Id}");
    }

    // The same file with the same key is the same attachment. Returns null when the key belongs to another request.
    private async Task<string?> IdAsync(
        HttpRequestData request, string? key, UploadHeaders headers, byte[] bytes, Actor actor, CancellationToken cancellationToken)
    {
        if (key is null) return AttachmentId.New();
        var named = Encoding.UTF8.GetBytes($"{headers.ContentType}\n{headers.FileName}\n{headers.UploadedFor}\n");
        var hashed = IdempotencyKey.Hash(key, request, [.. named, .. bytes]);
        var record = await keys.RecordAsync(actor.Organisation, hashed, AttachmentId.New(), cancellationToken);
        return record.BodyHash == hashed.BodyHash ? record.Attachment : null;
    }
}
