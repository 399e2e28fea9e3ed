using System.Globalization;
using System.Net;
using EReferrals.Attachments;
using EReferrals.Attachments.Files;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Overload;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Blobs;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Files;

/// <summary>Opens uploaded files for callers of this API.</summary>
public sealed class FileReading(AttachmentAccess access, AttachmentBlobs blobs, AuditTrail audit, LargeAnswers large)
{
    /// <summary>A file that the caller may read and that was found clean, after the read was audited; or the problem.</summary>
    public async Task<Result<Attachment>> OpenAsync(HttpRequestData request, string id, CancellationToken cancellationToken)
    {
        var context = request.FunctionContext;
        if (!(await access.OpenAsync(id, context, cancellationToken)).TryGet(out var opened, out var problem)) return problem;
        var attachment = opened.Attachment;
        if (attachment.Status != AttachmentStatus.Available) return NotReadable(attachment.Status);
        var entry = context.Audited(AuditedAction.AttachmentRead) with { Attachment = attachment.Id, Ubrn = opened.About };
        await audit.WriteAsync(entry, cancellationToken);
        return attachment;
    }

    public async Task<HttpResponseData> RespondAsync(HttpRequestData request, Attachment attachment, CancellationToken cancellationToken)
    {
        if (large.Refuse(request.FunctionContext, LargeAnswers.CopiesOfAnswer * attachment.Size) is { } busy)
        {
            return await request.RespondAsync(busy, cancellationToken);
        }

        var bytes = await blobs.ReadAsync(attachment, cancellationToken);
        var response = await request.RespondAsync(HttpStatusCode.OK, attachment.ContentType, bytes, cancellationToken);
        return response
            .WithHeader("Content-Length", bytes.Length.ToString(CultureInfo.InvariantCulture))
            .WithHeader("Content-Disposition", ContentDisposition.WithEncodedWord(attachment.Name))
            .AsDownload()
            .WithHeader("Cache-Control", "private, no-store");
    }

    private static Problem NotReadable(AttachmentStatus status) => Problem.NotAcceptable(new FieldError(
        "",
        Code.From(status),
        status == AttachmentStatus.Pending
            ? "The file is still being scanned. Try again in five minutes."
            : "The file cannot be opened. Ask the organisation that attached it for another copy."));
}
