using System.Text.Json.Nodes;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.ApiDocs;

/// <summary>One operation of the OpenAPI document, with its references resolved.</summary>
internal sealed record ApiOperation(string Verb, string Path, JsonObject Node)
{
    public string Id => Node["operationId"]!.GetValue<string>();

    public string Tag => Node["tags"]![0]!.GetValue<string>();

    public string Summary => Node["summary"]!.GetValue<string>();

    public string? Description => Node["description"]?.GetValue<string>();

    public required IReadOnlyList<ApiParameter> Parameters { get; init; }

    public required IReadOnlyList<ApiResponse> Responses { get; init; }

    /// <summary>Empty when the operation is anonymous or uses another security scheme.</summary>
    public IReadOnlyList<Role> Roles { get; } =
    [
        .. Node["security"]!.AsArray().SelectMany(alternative => alternative!.AsObject()).SelectMany(scheme => scheme.Value!.AsArray())
            .Select(code => Code.TryParse<Role>(code!.GetValue<string>(), out var role) ? role : throw new InvalidDataException($"{code} is not a role.")),
    ];

    public bool HasOwnSecurity => Roles.Count == 0 && Node["security"]!.AsArray().Count > 0;

    /// <summary>The media type of the example body; null when there is no body.</summary>
    public string? BodyType => Bodies is { } bodies ? (bodies.ContainsKey("application/pdf") ? "application/pdf" : bodies.First().Key) : null;

    /// <summary>The name of the schema of the JSON body; null when there is none.</summary>
    public string? BodySchema => Bodies?["application/json"]?["schema"]?["$ref"]?.GetValue<string>().Split('/')[^1];

    public IReadOnlyList<(string Summary, JsonNode Value)> BodyExamples =>
    [
        .. (Bodies?["application/json"]?["examples"]?.AsObject() ?? []).Select(example =>
            (example.Value!["summary"]!.GetValue<string>(), example.Value["value"]!)),
    ];

    public JsonNode? BodyExample => BodyExamples.Count > 0 ? BodyExamples[0].Value : Bodies?["application/fhir+json"]?["example"];

    public bool ReturnsFile => Responses.Any(response => response.Status == "200" && response.Content.Any(type =>
        !type.Key.StartsWith("text/html", StringComparison.Ordinal) && type.Key is not ("application/json" or "application/fhir+json" or "text/plain")));

    private JsonObject? Bodies => Node["requestBody"]?["content"]?.AsObject();

    public static IReadOnlyList<ApiOperation> In(JsonObject root)
    {
        var operations = new List<ApiOperation>();
        foreach (var (path, item) in root["paths"]!.AsObject())
        {
            var shared = item!["parameters"] as JsonArray ?? [];
            foreach (var (verb, node) in item.AsObject().Where(member => member.Key != "parameters"))
            {
                operations.Add(new ApiOperation(verb, path, node!.AsObject())
                {
                    Parameters = [.. shared.Concat(node["parameters"] as JsonArray ?? []).Select(parameter => ApiParameter.From(parameter!, root))],
                    Responses = [.. node["responses"]!.AsObject().Select(response => ApiResponse.From(response.Key, response.Value!, root))],
                });
            }
        }

        return operations;
    }

    /// <summary>Resolves a <c>$ref</c>. Returns a node without one unchanged.</summary>
    public static (JsonObject Node, string? Name) Follow(JsonNode node, JsonObject root)
    {
        if (node["$ref"]?.GetValue<string>() is not { } reference) return (node.AsObject(), null);
        var steps = reference.Split('/');
        return (root["components"]![steps[^2]]![steps[^1]]!.AsObject(), steps[^1]);
    }
}

/// <param name="IsCaller">True for the headers that identify the caller, which most operations have.</param>
internal sealed record ApiParameter(string Name, string In, string Description, bool IsRequired, JsonObject Schema, string? Example, bool IsCaller)
{
    private static readonly string[] Caller = ["Organisation", "Role", "OrganisationOfUser", "RoleOfUser", "OnBehalfOf", "CorrelationId"];

    public static ApiParameter From(JsonNode parameter, JsonObject root)
    {
        var (node, name) = ApiOperation.Follow(parameter, root);
        return new ApiParameter(
            node["name"]!.GetValue<string>(),
            node["in"]!.GetValue<string>(),
            node["description"]!.GetValue<string>(),
            node["required"]?.GetValue<bool>() == true,
            node["schema"]!.AsObject(),
            node["example"]?.ToString(),
            Caller.Contains(name));
    }
}

/// <param name="Shared">The name of the shared response; null when the operation defines its own.</param>
internal sealed record ApiResponse(string Status, string? Shared, string Description, JsonObject Headers, JsonObject Content)
{
    private static readonly string[] Common =
    [
        "Unreadable", "Unauthenticated", "Forbidden", "NotFound", "LengthRequired", "TooLarge", "UnsupportedMediaType", "NotAcceptable", "IfMatchRequired",
        "TooManyRequests", "Unexpected", "Unavailable", .. ErsOperations.SharedResponses,
    ];

    /// <summary>True for an error response that means the same for every operation.</summary>
    public bool IsCommon => Common.Contains(Shared);

    public static ApiResponse From(string status, JsonNode response, JsonObject root)
    {
        var (node, name) = ApiOperation.Follow(response, root);
        return new ApiResponse(status, name, node["description"]!.GetValue<string>(), node["headers"] as JsonObject ?? [], node["content"] as JsonObject ?? []);
    }
}
