using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using EReferrals.ApiDocs;
using EReferrals.Http.Requests;

namespace EReferrals.Tests.ApiDocs;

/// <summary>Compares requests and responses with the OpenAPI document.</summary>
internal static class Contract
{
    // Headers of the transport, and those that host.json adds to every response.
    private static readonly string[] Transport =
        ["Content-Length", "Content-Type", "Date", "Transfer-Encoding", "Connection", "X-Content-Type-Options", "Referrer-Policy"];

    private static readonly SchemaCheck Check = new(Root);

    public static JsonObject Root => ApiDocument.Current.Root;

    public static IReadOnlyList<ApiOperation> Operations { get; } = ApiOperation.In(Root);

    /// <summary>The operations of the plain API; those of e-RS have errors and examples of their own.</summary>
    public static IEnumerable<ApiOperation> Plain => Operations.Where(operation => !ErsOperations.Has(operation.Path));

    /// <summary>Returns the operation for a method and path, or null when the document has none.</summary>
    public static ApiOperation? Find(HttpMethod method, string path) => Operations.FirstOrDefault(operation =>
        operation.Verb.Equals(method.Method, StringComparison.OrdinalIgnoreCase) && IsAt(operation.Path, path));

    public static IReadOnlyList<string> FaultsOf(JsonNode? value, JsonNode schema) => Check.FaultsOf(value, schema);

    public static JsonNode Schema(string name) => Root["components"]!["schemas"]![name]!;

    /// <summary>Returns the members of an accepted body that the document does not describe.</summary>
    public static IEnumerable<string> FaultsOfBody(ApiOperation operation, string? type, JsonNode? body) =>
        operation.Node["requestBody"]?["content"]?[type ?? ""]?["schema"] is { } schema ? Check.FaultsOf(body, schema) : [];

    /// <summary>Returns every difference between a response and its description.</summary>
    public static IEnumerable<string> FaultsOf(ApiOperation operation, int status, IReadOnlyDictionary<string, string> headers, byte[] body)
    {
        if (operation.Responses.FirstOrDefault(response => response.Status == status.ToString(CultureInfo.InvariantCulture)) is not { } described)
        {
            return [$"the status {status} is not described"];
        }

        return FaultsOfHeaders(described, headers).Concat(FaultsOfBody(described, headers.GetValueOrDefault("Content-Type"), body));
    }

    private static IEnumerable<string> FaultsOfHeaders(ApiResponse described, IReadOnlyDictionary<string, string> sent)
    {
        foreach (var name in sent.Keys.Where(name => !Transport.Contains(name, StringComparer.OrdinalIgnoreCase) && !described.Headers.ContainsKey(name)))
        {
            if (name != "Cache-Control" || sent[name] != "no-store") yield return $"the header {name} is not described";
        }

        foreach (var (name, reference) in described.Headers)
        {
            var (header, _) = ApiOperation.Follow(reference!, Root);
            if (!sent.TryGetValue(name, out var value))
            {
                if (header["required"] is not null) yield return $"the header {name} is missing";
                continue;
            }

            var schema = header["schema"]!;
            JsonNode? text = schema["type"]?.GetValue<string>() == "integer" ? JsonNode.Parse(value) : JsonValue.Create(value);
            foreach (var fault in Check.FaultsOf(text, schema)) yield return $"the header {name}{fault}";
        }
    }

    private static IEnumerable<string> FaultsOfBody(ApiResponse described, string? type, byte[] body)
    {
        if (body.Length == 0) return described.Content.Count == 0 ? [] : ["the body is missing"];
        if (described.Content.ContainsKey("*/*")) return [];
        if (!MediaTypeHeaderValue.TryParse(type, out var parsed) || parsed.MediaType is not { } media || !described.Content.ContainsKey(media))
        {
            return [$"the type {type} is not described"];
        }

        if (described.Content[media]?["schema"] is not { } schema) return [];
        JsonNode? value = media.EndsWith("json", StringComparison.Ordinal) ? JsonNode.Parse(body) : JsonValue.Create(Encoding.UTF8.GetString(body));
        return Check.FaultsOf(value, schema).Concat(FaultsOfInstants(value)).Select(fault => $"the body {fault}");
    }

    // Callers may send any offset. We always write UTC with a Z.
    private static IEnumerable<string> FaultsOfInstants(JsonNode? value) => value switch
    {
        JsonObject members => members.SelectMany(member => FaultsOfInstants(member.Value)),
        JsonArray items => items.SelectMany(FaultsOfInstants),
        JsonValue text when text.TryGetValue<string>(out var instant) && IsoInstant.TryParse(instant, out _) && !instant.EndsWith('Z') =>
            [$"has the instant {instant}, which is not written with a Z"],
        _ => [],
    };

    private static bool IsAt(string template, string path)
    {
        var (templateParts, pathParts) = (template.Split('/'), path.Split('/'));
        return templateParts.Length == pathParts.Length
            && templateParts.Zip(pathParts).All(pair => pair.First == pair.Second || (pair.First.StartsWith('{') && pair.Second.Length > 0));
    }
}
