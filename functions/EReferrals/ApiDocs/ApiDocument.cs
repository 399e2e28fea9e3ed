using System.Reflection;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using System.Text.Json;
using EReferrals.Http.Html;
using EReferrals.Operations;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.ApiDocs;

/// <summary>
/// The OpenAPI 3.1 description of this API. The texts are written by hand, in <c>openapi.json</c> and <c>guide.md</c>. This class adds, from the
/// functions themselves, who may call each one, and the parameters and responses that all have in common (decision record 0011).
/// </summary>
internal sealed class ApiDocument
{
    private static readonly Lazy<ApiDocument> Composed = new(() => new ApiDocument());

    // The document is never embedded in HTML, so apostrophes need no escaping.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly (string Status, string Response)[] CommonProblems =
        [("400", "Unreadable"), ("401", "Unauthenticated"), ("403", "Forbidden"), ("500", "Unexpected"), ("503", "Unavailable")];

    private ApiDocument()
    {
        Root = JsonNode.Parse(EmbeddedFile.Bytes(typeof(ApiDocument), "openapi.json"))!.AsObject();
        ErsOperations.AddTo(Root);
        Root["info"]!["description"] = EmbeddedFile.Text(typeof(ApiDocument), "guide.md");
        foreach (var (verb, path, access) in Functions())
        {
            if (Root["paths"]![path]?[verb] is JsonObject operation) Complete(operation, path, access, RequestKinds.From(verb.ToUpperInvariant(), path));
        }

        foreach (var (_, response) in Root["components"]!["responses"]!.AsObject()) AddHeaders(response!.AsObject(), isLimited: true);
        AddHeaders(Root["components"]!["responses"]!.AsObject(), "Vary");
        Bytes = JsonSerializer.SerializeToUtf8Bytes(Root, Plain);
        Tag = TagOf(Bytes);
    }

    public static ApiDocument Current => Composed.Value;

    public JsonObject Root { get; }

    public byte[] Bytes { get; }

    public string Tag { get; }

    public static string TagOf(byte[] bytes) => $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16))}\"";

    private static IEnumerable<(string Verb, string Path, DeclaredAccess Access)> Functions() =>
        from type in typeof(ApiDocument).Assembly.GetTypes()
        from function in type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly)
        where function.IsDefined(typeof(FunctionAttribute))
        from trigger in function.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).OfType<HttpTriggerAttribute>()
        from verb in trigger.Methods ?? []
        select (verb.ToLowerInvariant(), $"/{trigger.Route?.TrimStart('/')}", DeclaredAccess.From(function));

    private static void Complete(JsonObject operation, string path, DeclaredAccess access, RequestKind kind)
    {
        var parameters = Own(operation, "parameters", () => new JsonArray());
        var responses = operation["responses"]!.AsObject();
        // The requests of operators are never rate-limited or shed.
        var isLimited = !access.IsOpen && kind != RequestKind.Operating;
        foreach (var (_, response) in responses) AddHeaders(response!.AsObject(), isLimited);
        if (!access.IsOpen) AddHeaders(responses, "Vary");
        if (access.IsOpen)
        {
            if (!operation.ContainsKey("security")) operation["security"] = new JsonArray();
        }
        else
        {
            AddCaller(operation, parameters, access);
            if (ErsOperations.Has(path)) AddProblems(responses, ErsOperations.CommonRefusals());
            else AddProblems(responses, CommonProblems);
            if (isLimited && !ErsOperations.Has(path)) AddProblems(responses, [("429", "TooManyRequests")]);
        }

        parameters.Add(Reference("parameters", "CorrelationId"));
        if (operation["requestBody"]?["content"]?["application/json"] is not null)
        {
            AddProblems(responses, [("411", "LengthRequired"), ("413", "TooLarge"), ("415", "UnsupportedMediaType"), ("422", "NotAcceptable")]);
        }
    }

    // An application sends none of the three headers that identify a user.
    private static void AddCaller(JsonObject operation, JsonArray parameters, DeclaredAccess access)
    {
        var roles = access.Roles;
        var (applications, users) = (roles.Where(role => role.IsApplication()).ToArray(), roles.Where(role => !role.IsApplication()).ToArray());
        var security = new JsonArray();
        if (users.Length > 0) security.Add(new JsonObject { ["user"] = CodesOf(users) });
        if (applications.Length > 0) security.Add(new JsonObject { ["application"] = CodesOf(applications) });
        operation["security"] = security;
        if (access.Headers == CallerHeaders.None) return;

        var whose = applications.Length > 0 ? "OfUser" : "";
        parameters.Add(Reference("parameters", $"Organisation{whose}"));
        parameters.Add(Reference("parameters", $"Role{whose}"));
        if (roles.Contains(Role.ServiceProviderClinicianAdmin)) parameters.Add(Reference("parameters", "OnBehalfOf"));
    }

    // A response that the operation defines itself is kept.
    private static void AddProblems(JsonObject responses, IEnumerable<(string Status, string Response)> problems)
    {
        foreach (var (status, response) in problems) responses.TryAdd(status, Reference("responses", response));
    }

    private static void AddHeaders(JsonObject response, bool isLimited)
    {
        if (response.ContainsKey("$ref")) return;
        var headers = Own(response, "headers", () => new JsonObject());
        string[] added = isLimited
            ? ["X-Correlation-ID", "X-Request-ID", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]
            : ["X-Correlation-ID", "X-Request-ID"];
        foreach (var name in added) headers[name] = Reference("headers", name);
    }

    private static void AddHeaders(JsonObject responses, string name)
    {
        foreach (var (_, response) in responses)
        {
            if (!response!.AsObject().ContainsKey("$ref")) Own(response.AsObject(), "headers", () => new JsonObject())[name] = Reference("headers", name);
        }
    }

    private static T Own<T>(JsonObject parent, string member, Func<T> make) where T : JsonNode
    {
        if (parent[member] is T present) return present;
        var added = make();
        parent[member] = added;
        return added;
    }

    private static JsonArray CodesOf(Role[] roles) => [.. roles.Order().Select(role => JsonValue.Create(Code.From(role)))];

    private static JsonObject Reference(string kind, string name) => new() { ["$ref"] = $"#/components/{kind}/{name}" };
}
