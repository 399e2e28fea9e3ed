using System.Net.Http.Headers;
using EReferrals.Attachments.Files;
using EReferrals.Http.Requests;
using EReferrals.Http;
using EReferrals.Referrals.Values;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Attachments;

/// <summary>The headers of an upload that describe the file.</summary>
/// <param name="ContentType">One of the accepted types, without parameters.</param>
/// <param name="UploadedFor">The referral that the sender names; null when the sender names none.</param>
public sealed record UploadHeaders(string ContentType, string FileName, Ubrn? UploadedFor)
{
    public const string FileNameHeader = "NHSD-eRS-File-Name";
    public const string ReferralHeader = "NHSD-eRS-Referral-ID";
    public const string TypeHeader = "Content-Type";

    /// <summary>Returns the headers, or the problem with them.</summary>
    /// <param name="decode">Returns the name in its header; null when the header is malformed.</param>
    public static Result<UploadHeaders> Read(HttpRequestData request, Func<string, string?> decode)
    {
        var type = ContentTypeIn(request.Header(TypeHeader));
        if (type is null) return Problem.UnsupportedMediaType($"Content-Type must be one of {string.Join(", ", FileTypes.ContentTypes)}.");
        var errors = new List<FieldError>();
        var name = NameIn(request.Header(FileNameHeader), decode, errors);
        var ubrn = UbrnIn(request.Header(ReferralHeader), errors);
        return errors.Count == 0 ? new UploadHeaders(type, name, ubrn) : Problem.BadRequest(errors);
    }

    /// <summary>Returns everything that is wrong with the file or its headers; empty when nothing is.</summary>
    public IReadOnlyList<FieldError> FaultsOf(byte[] bytes)
    {
        var errors = new List<FieldError>();
        if (Attachments.Files.FileName.Fault(FileName) is { } fault) errors.Add(FieldError.OfHeader(FileNameHeader, "INVALID_VALUE", fault));
        if (!FileTypes.NameAgrees(ContentType, FileName))
        {
            var extensions = string.Join(", ", FileTypes.ExtensionsOf(ContentType));
            errors.Add(FieldError.OfHeader(FileNameHeader, "CONFLICTING_VALUES", $"The name of a {ContentType} file must end in {extensions}."));
        }

        if (bytes.Length == 0) errors.Add(new FieldError("", "FILE_SIZE_ERROR", "The file is empty."));
        else if (!FileTypes.BytesAgree(ContentType, bytes))
        {
            errors.Add(FieldError.OfHeader(TypeHeader, "CONFLICTING_VALUES", $"The content of the file is not {ContentType}."));
        }

        return errors;
    }

    // Drops the parameters: if the sender guessed the charset, it would garble the text for the reader.
    private static string? ContentTypeIn(string? header) =>
        MediaTypeHeaderValue.TryParse(header, out var type) && type.MediaType?.ToLowerInvariant() is { } name && FileTypes.IsAllowed(name)
            ? name
            : null;

    private static string NameIn(string? header, Func<string, string?> decode, List<FieldError> errors)
    {
        if (BlankText.Is(header)) errors.Add(FieldError.OfHeader(FileNameHeader, "MISSING_HEADER", $"{FileNameHeader} is missing."));
        else if (decode(header!) is { } name) return Attachments.Files.FileName.Visible(name);
        else
        {
            errors.Add(FieldError.OfHeader(
                FileNameHeader, "INVALID_VALUE", $"{FileNameHeader} must be percent-encoded UTF-8. Write a percent sign as %25 and a comma as %2C."));
        }
        return "";
    }

    private static Ubrn? UbrnIn(string? header, List<FieldError> errors)
    {
        if (BlankText.Is(header)) return null;
        if (Ubrn.TryParse(header, out var ubrn)) return ubrn;
        errors.Add(FieldError.OfHeader(ReferralHeader, "INVALID_VALUE", $"{ReferralHeader} must have 12 digits."));
        return null;
    }
}
