using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using EReferrals.Attachments.Files;
using EReferrals.Ers.Endpoints;
using EReferrals.Http.Html;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.ApiDocs;

/// <summary>
/// Adds the operations of the e-RS API to the document: what the table of endpoints says of each, and the words and examples of <c>ers.json</c>.
/// </summary>
internal static class ErsOperations
{
    public const string Base = "/referrals/FHIR/";

    private const string Fhir = "application/fhir+json";

    private static readonly (int Status, string Name, string Description)[] Refusals =
    [
        (400, "ErsBadRequest", "The request is malformed: not JSON, a missing or malformed header, or a wrong query."),
        (401, "ErsUnauthenticated", "There is no valid access token."),
        (403, "ErsForbidden", "The role, the organisation or the on-behalf-of header does not allow this."),
        (404, "ErsNotFound", "There is nothing with this id, or this version of it is not the current one."),
        (406, "ErsNotAcceptable", "Accept does not include application/fhir+json."),
        (409, "ErsConflict", "The version in If-Match is not the current one. Read again, then decide again."),
        (411, "ErsLengthRequired", "The body was sent without Content-Length."),
        (412, "ErsPreconditionFailed", "If-Match is missing."),
        (413, "ErsTooLarge", "The body is too large."),
        (415, "ErsUnsupportedMediaType", "The type of the body is not accepted."),
        (422, "ErsUnprocessable", "The request breaks a rule. Each issue has the e-RS error code and names the parameter."),
        (423, "ErsLocked", "Another request changes the resource. This service never sends it: of two changes at once, the later gets 409."),
        (429, "ErsTooManyRequests", "Too many requests. Wait for Retry-After."),
        (500, "ErsUnexpected", "The service failed; the request is not the cause."),
        (503, "ErsUnavailable", "The service cannot do this now. Wait for Retry-After, then send the same request again."),
    ];

    public static bool Has(string path) => path.StartsWith(Base, StringComparison.Ordinal);

    /// <summary>The names of the shared responses, which mean the same at every operation.</summary>
    public static IEnumerable<string> SharedResponses => Refusals.Select(refusal => refusal.Name);

    public static void AddTo(JsonObject root)
    {
        var words = JsonNode.Parse(EmbeddedFile.Bytes(typeof(ErsOperations), "ers.json"))!.AsObject();
        foreach (var (status, name, description) in Refusals) root["components"]!["responses"]![name] = Refusal(status, description);
        foreach (var (function, ers) in Functions())
        {
            var trigger = function.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).OfType<HttpTriggerAttribute>()
                .Single();
            var endpoint = ErsEndpoints.Of(ers.Id);
            root["paths"]![$"/{trigger.Route}"] = new JsonObject
            {
                [endpoint.Method] = Operation(function.DeclaringType!.Name, trigger.Route!, endpoint, words[endpoint.Id]!.AsObject()),
            };
        }
    }

    /// <summary>The refusals that security, overload and failures add to every operation with a caller.</summary>
    public static IEnumerable<(string Status, string Response)> CommonRefusals() =>
        Refusals.Where(refusal => refusal.Status is 400 or 401 or 403 or 429 or 500 or 503).Select(Named);

    private static (string Status, string Response) Named((int Status, string Name, string Description) refusal) =>
        (refusal.Status.ToString(CultureInfo.InvariantCulture), refusal.Name);

    private static IEnumerable<(MethodInfo Function, ErsAttribute Ers)> Functions() =>
        from type in typeof(ErsOperations).Assembly.GetTypes().OrderBy(type => type.Name, StringComparer.Ordinal)
        from function in type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly)
        let ers = function.GetCustomAttribute<ErsAttribute>()
        where ers is not null
        select (function, ers);

    private static JsonObject Operation(string function, string route, ErsEndpoint endpoint, JsonObject words)
    {
        var isVersion = route.EndsWith("{version}", StringComparison.Ordinal);
        var summary = words["summary"]!.GetValue<string>();
        var operation = new JsonObject
        {
            ["operationId"] = char.ToLowerInvariant(function[0]) + function[1..^"Function".Length],
            ["tags"] = new JsonArray("NHS e-RS"),
            ["summary"] = isVersion ? $"{summary}, by its version" : summary,
            ["description"] = words["description"]!.GetValue<string>(),
            ["parameters"] = new JsonArray([.. Parameters(route, endpoint, words)]),
        };
        if (Body(endpoint, words) is { } body) operation["requestBody"] = body;
        var responses = new JsonObject { [endpoint.Success.ToString(CultureInfo.InvariantCulture)] = Success(endpoint, words) };
        foreach (var (status, name, _) in Refusals.Where(refusal => endpoint.Refusals.Contains(refusal.Status) || IsOfBody(endpoint, refusal.Status)))
        {
            responses[status.ToString(CultureInfo.InvariantCulture)] = Reference("responses", name);
        }

        operation["responses"] = responses;
        return operation;
    }

    private static bool IsOfBody(ErsEndpoint endpoint, int status) => endpoint.Body is not null && status is (411 or 413);

    private static IEnumerable<JsonNode> Parameters(string route, ErsEndpoint endpoint, JsonObject words)
    {
        foreach (var name in route.Split('/').Where(segment => segment.StartsWith('{')).Select(segment => segment.Trim('{', '}')))
        {
            yield return name switch
            {
                "ubrn" => Reference("parameters", "Ubrn"),
                "id" when endpoint.Id is "A006" or "A042" => Reference("parameters", "Attachment"),
                "version" => Parameter("path", "version", "The current version.", "1"),
                _ => Parameter("path", name, Text(words["path"]![name]!, "description"), Text(words["path"]![name]!, "example")),
            };
        }

        foreach (var (name, value) in words["query"] as JsonObject ?? [])
        {
            yield return Parameter("query", name, Text(value!, "description"), value!["example"]?.GetValue<string>());
        }

        if (endpoint.NeedsIfMatch) yield return Reference("parameters", "IfMatch");
        if (endpoint.Id == "A015") yield return Parameter("header", "NHSD-eRS-Comm-Rule-Org", "The Commissioning-Rule-Org of the referral.", "D82106");
        if (endpoint.Id == "A020")
        {
            yield return Parameter("header", "NHSD-eRS-File-Name", "The original name of the file, plain or as percent-encoded UTF-8.", "letter.pdf");
            yield return Parameter("header", "NHSD-eRS-Referral-ID", "The UBRN of the referral that the file is for.", example: null);
        }

        if (endpoint.Method == "post" && endpoint.Id != "A008") yield return Reference("parameters", "IdempotencyKey");
    }

    private static JsonObject? Body(ErsEndpoint endpoint, JsonObject words)
    {
        if (endpoint.Body is null) return null;
        if (endpoint.Id == "A020")
        {
            var files = FileTypes.ContentTypes.Select(type => KeyValuePair.Create<string, JsonNode?>(type, new JsonObject()));
            return new JsonObject { ["description"] = "The bytes of the file, at most 5 MB.", ["required"] = true, ["content"] = new JsonObject(files) };
        }

        var media = new JsonObject { ["schema"] = Resource(), ["example"] = words["request"]!.DeepClone() };
        var description = $"A resource of the type {Text(words["request"]!, "resourceType")}.";
        return new JsonObject { ["description"] = description, ["required"] = true, ["content"] = new JsonObject { [Fhir] = media } };
    }

    private static JsonObject Success(ErsEndpoint endpoint, JsonObject words)
    {
        var response = new JsonObject { ["description"] = words["success"]!.GetValue<string>() };
        var headers = new JsonObject();
        if (endpoint.HasTag) headers["ETag"] = Reference("headers", "ETag");
        if (endpoint.Id is "A020" or "A042") headers["Location"] = Reference("headers", "Location");
        if (endpoint.Id == "A006")
        {
            foreach (var name in new[] { "Content-Disposition", "Cross-Origin-Resource-Policy", "Cache-Control" }) headers[name] = Reference("headers", name);
            headers["Content-Security-Policy"] = Reference("headers", "DownloadPolicy");
        }

        if (endpoint.Id == "A008") foreach (var name in new[] { "Warning", "Age", "Content-Encoding" }) headers[name] = Reference("headers", name);
        if (headers.Count > 0) response["headers"] = headers;
        if (endpoint.Id == "A006")
        {
            response["content"] = new JsonObject(FileTypes.ContentTypes.Select(type => KeyValuePair.Create<string, JsonNode?>(type, new JsonObject())));
        }
        else if (endpoint.Id is not ("A020" or "A042"))
        {
            response["content"] = new JsonObject { [Fhir] = new JsonObject { ["schema"] = Resource() } };
        }

        return response;
    }

    private static JsonObject Refusal(int status, string description)
    {
        var headers = new JsonObject();
        if (status is 429 or 503) headers["Retry-After"] = Reference("headers", "Retry-After");
        if (status == 401) headers["WWW-Authenticate"] = Reference("headers", "WWW-Authenticate");
        var response = new JsonObject { ["description"] = description };
        if (headers.Count > 0) response["headers"] = headers;
        response["content"] = new JsonObject { [Fhir] = new JsonObject { ["schema"] = Resource("OperationOutcome") } };
        return response;
    }

    /// <param name="type">The type of the resource; null for any.</param>
    private static JsonObject Resource(string? type = null)
    {
        var name = new JsonObject { ["type"] = "string" };
        if (type is not null) name["const"] = type;
        return new JsonObject
        {
            ["type"] = "object",
            ["required"] = new JsonArray("resourceType"),
            ["properties"] = new JsonObject { ["resourceType"] = name },
            ["additionalProperties"] = new JsonObject(),
        };
    }

    /// <param name="example">Null when the parameter is optional.</param>
    private static JsonObject Parameter(string place, string name, string description, string? example)
    {
        var parameter = new JsonObject
        {
            ["name"] = name,
            ["in"] = place,
            ["description"] = description,
            ["schema"] = new JsonObject { ["type"] = "string" },
        };
        if (place == "path" || example is not null) parameter["required"] = true;
        if (example is not null) parameter["example"] = example;
        return parameter;
    }

    private static string Text(JsonNode words, string name) => words[name]!.GetValue<string>();

    private static JsonObject Reference(string kind, string name) => new() { ["$ref"] = $"#/components/{kind}/{name}" };
}
