using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EReferrals.ApiDocs;

/// <summary>Formats JSON for reading: whatever fits on one line stays on one line.</summary>
internal static class ExampleText
{
    private const int Width = 96;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string From(JsonNode? node, string indent = "")
    {
        var line = OnOneLine(node);
        if (indent.Length + line.Length <= Width) return line;
        var inner = indent + "  ";
        return node switch
        {
            JsonObject members => Lines('{', members.Select(member => $"{Quoted(member.Key)}: {From(member.Value, inner)}"), '}'),
            JsonArray items => Lines('[', items.Select(item => From(item, inner)), ']'),
            _ => line,
        };

        string Lines(char open, IEnumerable<string> parts, char close) =>
            $"{open}\n{string.Join(",\n", parts.Select(part => inner + part))}\n{indent}{close}";
    }

    private static string OnOneLine(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject { Count: > 0 } members => $"{{ {string.Join(", ", members.Select(member => $"{Quoted(member.Key)}: {OnOneLine(member.Value)}"))} }}",
        JsonArray items => $"[{string.Join(", ", items.Select(OnOneLine))}]",
        _ => node.ToJsonString(Plain),
    };

    private static string Quoted(string text) => JsonSerializer.Serialize(text, Plain);
}
