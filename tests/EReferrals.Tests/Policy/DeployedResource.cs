using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace EReferrals.Tests.Policy;

/// <param name="Text">The resource as compact JSON.</param>
internal sealed partial record DeployedResource(string Text)
{
    public static readonly JsonSerializerOptions AsWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private JsonElement Json { get; } = JsonDocument.Parse(Text).RootElement;

    public string Type => Json.GetProperty("type").GetString()!;

    public string Name => Json.GetProperty("name").GetString()!;

    public string Id => Json.GetProperty("id").GetString()!;

    /// <summary>The name without its unique suffix. The rule that Azure names itself has the name that the runbook uses.</summary>
    public string PlainName =>
        Name.StartsWith("Failure Anomalies - ", StringComparison.Ordinal) ? "failure-anomalies" : Token().Replace(Name.Split('/')[^1], "");

    /// <summary>The resource to which an extension resource (a role, a lock) applies.</summary>
    public string Scope =>
        ScopeInExpression().Match(Id) is { Success: true } match ? match.Groups[1].Value : Id[..Id.LastIndexOf("/providers/", StringComparison.Ordinal)];

    /// <summary>The type of the resource to which an extension resource applies.</summary>
    public string ScopeType
    {
        get
        {
            var start = Scope.LastIndexOf("/providers/", StringComparison.Ordinal);
            if (start < 0) return "Microsoft.Resources/resourceGroups";
            string[] parts = Scope[(start + "/providers/".Length)..].Split('/');
            return string.Join('/', parts.Where((_, index) => index == 0 || index % 2 == 1));
        }
    }

    /// <summary>Returns a property as text; objects and lists as JSON. Separate member names with dots. Null when the property is absent.</summary>
    public string? this[string path] => Find(path) switch
    {
        null or { ValueKind: JsonValueKind.Null } => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { } value => value.GetRawText(),
    };

    public JsonElement? Find(string path)
    {
        var value = Json;
        foreach (var key in path.Split('.'))
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(key, out value)) return null;
        }

        return value;
    }

    /// <summary>Returns the members of a list; empty when there is no list.</summary>
    public IEnumerable<JsonElement> List(string path) => Find(path) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    public bool Is(string type) => Type.Equals(type, StringComparison.OrdinalIgnoreCase);

    public override string ToString() => $"{Type} {Name}";

    [GeneratedRegex(@"^\[extensionResourceId\('([^']+)'")]
    private static partial Regex ScopeInExpression();

    [GeneratedRegex(@"-[a-z0-9]{13}$")]
    private static partial Regex Token();
}
