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

    /// <summary>Without what makes a name unique; the rule that Azure names itself as the runbook calls it.</summary>
    public string PlainName => Name.StartsWith("Failure Anomalies - ", StringComparison.Ordinal) ? "failure-anomalies" : Token().Replace(Name.Split('/')[^1], "");

    /// <summary>What an extension resource (a role, a lock) holds for.</summary>
    public string Scope => ScopeInExpression().Match(Id) is { Success: true } match ? match.Groups[1].Value : Id[..Id.LastIndexOf("/providers/", StringComparison.Ordinal)];

    /// <summary>The type of what an extension resource holds for.</summary>
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

    /// <summary>A property, whose members are separated by dots, as text; objects and lists as JSON. Null when it is not there.</summary>
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

    /// <summary>The members of a list; none when there is no list.</summary>
    public IEnumerable<JsonElement> List(string path) => Find(path) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    public bool Is(string type) => Type.Equals(type, StringComparison.OrdinalIgnoreCase);

    public override string ToString() => $"{Type} {Name}";

    [GeneratedRegex(@"^\[extensionResourceId\('([^']+)'")]
    private static partial Regex ScopeInExpression();

    [GeneratedRegex(@"-[a-z0-9]{13}$")]
    private static partial Regex Token();
}
