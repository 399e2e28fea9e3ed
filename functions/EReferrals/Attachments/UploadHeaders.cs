using System.Net.Http.Headers;
using EReferrals.Attachments.Files;
using EReferrals.Http.Requests;
using EReferrals.Http;
using EReferrals.Referrals.Values;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Attachments;

/// <summary>What the headers of an upload say about the file.</summary>
/// <param name="ContentType">One of the allowed ones, without parameters.</param>
/// <param name="UploadedFor">The referral that the file is meant for; null when none was named.</param>
public sealed record UploadHeaders(string ContentType, string FileName, Ubrn? UploadedFor)
{
    public const string FileNameHeader = "NHSD-eRS-File-Name";
    public const string ReferralHeader = "NHSD-eRS-Referral-ID";
    public const string TypeHeader = "Content-Type";

    /// <summary>The headers, or why they cannot be used.</summary>
    public static Result<UploadHeaders> Read(HttpRequestData request)
    {
        var type = ContentTypeIn(request.Header(TypeHeader));
        if (type is null) return Problem.UnsupportedMediaType($"Send one of {string.Join(", ", FileTypes.ContentTypes)}.");
        var errors = new List<FieldError>();
        var name = NameIn(request.Header(FileNameHeader), errors);
        var ubrn = UbrnIn(request.Header(ReferralHeader), errors);
        return errors.Count == 0 ? new UploadHeaders(type, name, ubrn) : Problem.BadRequest(errors);
    }

    /// <summary>Everything that is wrong with the file, given its headers.</summary>
    public IReadOnlyList<FieldError> FaultsOf(byte[] bytes)
    {
        var errors = new List<FieldError>();
        if (Attachments.Files.FileName.Fault(FileName) is { } fault) errors.Add(FieldError.OfHeader(FileNameHeader, "INVALID_VALUE", fault));
        if (!FileTypes.NameAgrees(ContentType, FileName))
        {
            var extensions = string.Join(", ", FileTypes.ExtensionsOf(ContentType));
            errors.Add(FieldError.OfHeader(FileNameHeader, "CONFLICTING_VALUES", $"A file of type {ContentType} ends in {extensions}."));
        }

        if (bytes.Length == 0) errors.Add(new FieldError("", "FILE_SIZE_ERROR", "The file is empty."));
        else if (!FileTypes.BytesAgree(ContentType, bytes))
        {
            errors.Add(FieldError.OfHeader(TypeHeader, "CONFLICTING_VALUES", $"The file's bytes are not those of {ContentType}."));
        }

        return errors;
    }

    // The parameters are dropped: a charset that the sender merely guessed would spoil the text for the reader.
    private static string? ContentTypeIn(string? header) =>
        MediaTypeHeaderValue.TryParse(header, out var type) && type.MediaType?.ToLowerInvariant() is { } name && FileTypes.IsAllowed(name)
            ? name
            : null;

    private static string NameIn(string? header, List<FieldError> errors)
    {
        if (BlankText.Is(header)) errors.Add(FieldError.OfHeader(FileNameHeader, "MISSING_HEADER", $"{FileNameHeader} is missing."));
        else if (Attachments.Files.FileName.Decode(header!) is { } name) return name;
        else errors.Add(FieldError.OfHeader(FileNameHeader, "INVALID_VALUE", $"{FileNameHeader} is percent-encoded UTF-8; a percent sign is %25, a comma %2C."));
        return "";
    }

    private static Ubrn? UbrnIn(string? header, List<FieldError> errors)
    {
        if (header is null) return null;
        if (Ubrn.TryParse(header, out var ubrn)) return ubrn;
        errors.Add(FieldError.OfHeader(ReferralHeader, "INVALID_VALUE", $"{ReferralHeader} has 12 digits."));
        return null;
    }
}
