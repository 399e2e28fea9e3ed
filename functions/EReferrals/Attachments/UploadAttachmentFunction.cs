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

/// <summary>Takes one file in. It can be linked to a referral at once, and read when the scanner has found it clean.</summary>
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
        // Before anything else: what is announced as too large is not read at all.
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
        var kept = await intake.KeepAsync(id, headers.FileName, headers.ContentType, bytes, headers.UploadedFor, context.Actor(), cancellationToken);
        // Sent again, it may have been scanned by now.
        if (key is not null) kept = await attachments.FindAsync(id, cancellationToken) ?? kept;
        var receipt = new AttachmentReceipt(kept.Id, kept.Name, kept.ContentType, kept.Size, kept.Sha256, kept.Status);
        var response = await request.RespondAsync(HttpStatusCode.Created, receipt, AttachmentJson.Default.AttachmentReceipt, cancellationToken);
        return response.WithHeader("Location", $"/v1/attachments/{kept.Id}");
    }

    // The same file with the same key is the same attachment. Null when the key stands for another request.
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
