using System.Text.Json;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Resources;
using EReferrals.Lifecycle;
using EReferrals.Referrals;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Commands;

/// <summary>Reads the DocumentReferences of a request, which name uploaded files.</summary>
public sealed class DocumentReader(NamedAttachments attachments)
{
    private const int MaxDescription = 2_000;
    private const int MostFiles = 20;
    private const string UrlStart = "Binary/";

    /// <summary>The named files in the order of the request; null when there are errors.</summary>
    internal async Task<IReadOnlyList<NamedAttachment>?> ReadAsync(
        FhirParameters parameters, DocumentParameter documents, string baseUrl, CancellationToken cancellationToken)
    {
        var (errors, name) = (parameters.Errors, documents.Name);
        var files = parameters.Resources(name, documents.Required)
            .SelectMany((document, at) => Read(document, $"{name}[{at}]", documents.Type, baseUrl)).ToArray();
        if (files.Length > MostFiles) errors.Add("TOO_MANY_ITEMS", $"'{name}' must be given at most {MostFiles} times.");
        foreach (var twice in files.GroupBy(file => file.Id).Where(same => same.Count() > 1))
        {
            errors.Add("CONFLICTING_VALUES", $"'{name}' names the file {twice.Key} more than once.");
        }

        if (errors.Any) return null;
        var found = await attachments.FindAsync([.. files.Select(file => file.Id)], cancellationToken);
        return [.. found.Select((named, at) => named with { Description = files[at].Description })];
    }

    private static List<(string Id, string? Description)> Read(FhirElement document, string name, AttachmentType type, string baseUrl)
    {
        var files = new List<(string, string?)>();
        if (!document.IsResource("DocumentReference", ErsUrls.Profile(DocumentResource.Profile))) return files;
        var code = document.Concept("type", $"{name}/type", url => url == ErsUrls.CodeSystem("eRS-AttachmentType-1"));
        if (code is not null && code != Code.From(type)) document.Errors.Add("INAPPROPRIATE_VALUE", $"'{name}/type' must be {Code.From(type)}.");
        if (document.Text("status", required: true) is { } status && status != "current") document.Errors.Invalid($"{name}/status", "must be current.");
        _ = document.Has("indexed") ? document.Instant("indexed", $"{name}/indexed") : null;
        var description = document.Has("description") ? document.Comment("description", MaxDescription, $"{name}/description") : null;
        foreach (var content in document.Objects("content", required: true))
        {
            var attachment = content.Object("attachment", required: true);
            content.RefuseOthers();
            if (attachment?.Text("url", $"{name}/url", required: true) is { } url)
            {
                if (IdOf(ErsUrls.Relative(url, baseUrl)) is { } id) files.Add((id, description));
                else document.Errors.Invalid($"{name}/url", "must be Binary/ and the id of an uploaded file.");
            }

            // What the server knows of the file itself.
            attachment?.Ignore(JsonValueKind.String, "id", "contentType", "title", "creation", "hash", "language");
            attachment?.Ignore(JsonValueKind.Number, "size");
            attachment?.Ignore(JsonValueKind.Array, "extension");
            attachment?.RefuseOthers();
        }

        document.Ignore(JsonValueKind.String, "created", "docStatus");
        document.Ignore(JsonValueKind.Object, "subject", "masterIdentifier", "class", "context");
        document.Ignore(JsonValueKind.Array, "author", "identifier");
        document.RefuseOthers();
        return files;
    }

    private static string? IdOf(string url)
    {
        var id = url.StartsWith(UrlStart, StringComparison.Ordinal) ? url[UrlStart.Length..].ToLowerInvariant() : "";
        return Identifiers.IsAttachmentId(id) ? id : null;
    }
}

/// <summary>A parameter that names uploaded files.</summary>
/// <param name="Type">What the files become when they are linked.</param>
internal sealed record DocumentParameter(string Name, AttachmentType Type, bool Required);
