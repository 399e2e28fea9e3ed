using System.Text;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Attachments;

/// <summary>Takes one uploaded file, for every API: reads the headers and the bytes, checks them, and stores the file.</summary>
public sealed class AttachmentUpload(AttachmentIntake intake, IdempotencyTable keys, AttachmentTable attachments)
{
    /// <summary>The stored file, or the problem with the request.</summary>
    /// <param name="decode">Returns the name in the header with the file name; null when it is malformed.</param>
    /// <param name="whyNot">Why the file may not be for the referral that the headers name; null when it may.</param>
    public async Task<Result<Attachment>> TakeAsync(
        HttpRequestData request,
        Func<string, string?> decode,
        Func<Ubrn, CancellationToken, Task<Problem?>> whyNot,
        CancellationToken cancellationToken)
    {
        // Check this first, so that a body whose Content-Length is too large is not read at all.
        if (RequestBody.Refuse(request, AttachmentIntake.Limit) is { } refused) return refused;
        if (!IdempotencyKey.From(request).TryGet(out var key, out var badKey)) return badKey;
        if (!UploadHeaders.Read(request, decode).TryGet(out var headers, out var problem)) return problem;
        if (!(await RequestBody.ReadAsync(request, AttachmentIntake.Limit, cancellationToken)).TryGet(out var bytes, out var unreadable)) return unreadable;
        var faults = headers.FaultsOf(bytes);
        if (faults.Count > 0) return Problem.NotAcceptable(faults);
        if (headers.UploadedFor is { } ubrn && await whyNot(ubrn, cancellationToken) is { } unsuitable) return unsuitable;

        var actor = request.FunctionContext.Actor();
        var id = await IdAsync(request, key, headers, bytes, actor, cancellationToken);
        if (id is null) return IdempotencyKey.UsedOtherwise;
        if (await intake.KeepAsync(id, headers.FileName, headers.ContentType, bytes, headers.UploadedFor, actor, cancellationToken) is not { } attachment)
        {
            return await whyNot(headers.UploadedFor!.Value, cancellationToken) ?? Problem.NotFound("There is no referral with this number.");
        }

        // After a retry, the scanner may have finished: return the present status.
        return key is null ? attachment : await attachments.FindAsync(id, cancellationToken) ?? attachment;
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
