using System.Globalization;
using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Attachments.Files;
using EReferrals.Audit;
using EReferrals.Http.Requests;
using EReferrals.Http;
using EReferrals.Overload;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Blobs;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.Attachments;

/// <summary><c>GET /v1/attachments/{id}</c>: the bytes of a file that was found clean, whole or in part.</summary>
public sealed class GetAttachmentFunction(AttachmentAccess access, AttachmentBlobs blobs, AuditTrail audit, LargeAnswers large)
{
    [Function(nameof(GetAttachmentFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin,
        Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/attachments/{id}")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await access.OpenAsync(id, context, cancellationToken)).TryGet(out var opened, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        var attachment = opened.Attachment;
        if (attachment.Status != AttachmentStatus.Available) return await request.RespondAsync(NotReadable(attachment.Status), cancellationToken);
        var tag = $"\"{attachment.Sha256}\"";
        if (EntityTag.IsNoneMatch(request, tag)) return WithCaching(request.Respond(HttpStatusCode.NotModified), tag);

        if (large.Refuse(context, LargeAnswers.CopiesOfAnswer * attachment.Size) is { } busy) return await request.RespondAsync(busy, cancellationToken);
        var bytes = await blobs.ReadAsync(attachment, cancellationToken);
        var entry = context.Audited(AuditedAction.AttachmentRead) with { Attachment = attachment.Id, Ubrn = opened.About };
        await audit.WriteAsync(entry, cancellationToken);
        return WithCaching(await RespondAsync(request, attachment, bytes, tag, cancellationToken), tag);
    }

    private static async Task<HttpResponseData> RespondAsync(
        HttpRequestData request, Attachment attachment, byte[] bytes, string tag, CancellationToken cancellationToken)
    {
        switch (ByteRange.Parse(RangeOf(request, tag), bytes.Length))
        {
            case ByteRange.Unsatisfiable:
                var refusal = await request.RespondAsync(NoSuchRange, cancellationToken);
                return refusal.WithHeader("Content-Range", string.Create(CultureInfo.InvariantCulture, $"bytes */{bytes.Length}"));
            case ByteRange.Part part:
                var slice = bytes.AsSpan(part.Start, part.Length).ToArray();
                var partial = await FileAsync(request, HttpStatusCode.PartialContent, attachment, slice, cancellationToken);
                return partial.WithHeader("Content-Range", part.ContentRange(bytes.Length));
            default:
                return await FileAsync(request, HttpStatusCode.OK, attachment, bytes, cancellationToken);
        }
    }

    private static async Task<HttpResponseData> FileAsync(
        HttpRequestData request, HttpStatusCode status, Attachment attachment, byte[] bytes, CancellationToken cancellationToken)
    {
        var response = await request.RespondAsync(status, attachment.ContentType, bytes, cancellationToken);
        return response
            .WithHeader("Content-Length", bytes.Length.ToString(CultureInfo.InvariantCulture))
            .WithHeader("Content-Disposition", ContentDisposition.From(attachment.Name))
            .AsDownload();
    }

    // If-Range uses the strong comparison. A date never matches, because the response has no Last-Modified header.
    private static string? RangeOf(HttpRequestData request, string tag) =>
        request.Header("If-Range") is { } condition && condition != tag ? null : request.Header("Range");

    private static HttpResponseData WithCaching(HttpResponseData response, string tag) => response
        .WithHeader("ETag", tag)
        .WithHeader("Accept-Ranges", "bytes")
        .WithHeader("Cache-Control", "private, no-store");

    private static Problem NotReadable(AttachmentStatus status)
    {
        var detail = status == AttachmentStatus.Pending
            ? "The attachment is still being scanned (PENDING). Try again later."
            : $"The attachment cannot be opened ({Code.From(status)}). Ask the organisation that sent it for another copy.";
        return Problem.Conflict("attachment-not-available", "The attachment cannot be read", detail) with
        {
            Errors = [FieldError.OfParameter("id", Code.From(status), $"The status of the attachment is {Code.From(status)}.")],
        };
    }

    private static Problem NoSuchRange => new(
        HttpStatusCode.RequestedRangeNotSatisfiable,
        "range-not-satisfiable",
        "The requested range is outside the file",
        "The Content-Range header gives the size of the file.");
}
