using System.Globalization;
using System.Text.Json.Nodes;
using EReferrals.Http.Html;

namespace EReferrals.ApiDocs;

/// <summary>Describes in HTML what a schema allows, for example <c>string, at most 100 characters</c>.</summary>
internal static class SchemaWords
{
    public static string From(JsonNode schema)
    {
        if (schema["$ref"]?.GetValue<string>().Split('/')[^1] is { } name) return $"<a href=\"#{name}\">{name}</a>";
        if ((schema["oneOf"] ?? schema["anyOf"]) is JsonArray choices) return string.Join(" or ", choices.Select(choice => From(choice!)));
        if (schema["const"] is { } constant) return $"<code>{HtmlPage.Encode(constant.ToString())}</code>";
        if (schema["enum"] is JsonArray codes) return string.Join(", ", codes.Select(code => $"<code>{HtmlPage.Encode(code!.ToString())}</code>"));
        return schema["type"] switch
        {
            JsonArray types => string.Join(" or ", types.Select(type => Typed(type!.ToString(), schema))),
            JsonValue type => Typed(type.ToString(), schema),
            _ => "bytes",
        };
    }

    private static string Typed(string type, JsonNode schema) => type switch
    {
        "string" => Text(schema),
        "integer" => $"whole number{Range(schema, "minimum", "maximum", "")}{Default(schema)}",
        "boolean" => $"true or false{Default(schema)}",
        "array" =>
            $"list of {From(schema["items"]!)}{Range(schema, "minItems", "maxItems", " items")}{(schema["uniqueItems"] is null ? "" : ", no duplicates")}",
        "object" when schema["properties"] is JsonObject members => $"object of {string.Join(", ", members.Select(member => $"<code>{member.Key}</code>"))}",
        "object" when schema["additionalProperties"] is JsonObject values => $"object with any member names; each value: {From(values)}",
        _ => type,
    };

    private static string Text(JsonNode schema)
    {
        var kind = schema["format"]?.ToString() switch
        {
            "date-time" => "date and time",
            "date" => "date",
            "uuid" => "UUID",
            "uri" => "URL",
            "uri-reference" => "path",
            _ => "string",
        };
        var pattern = schema["pattern"]?.ToString();
        // The guide says that no string may be blank, and the format of a UUID is well known.
        var form = pattern is null or @"\S" || kind == "UUID" ? "" : $" that matches <code>{HtmlPage.Encode(pattern)}</code>";
        return $"{kind}{form}{Range(schema, "minLength", "maxLength", " characters")}";
    }

    private static string Range(JsonNode schema, string least, string most, string unit) => (Number(schema[least]), Number(schema[most])) switch
    {
        (null, null) => "",
        (var from, null) => $", {from} or more",
        (null, var to) => $", at most {to}{unit}",
        var (from, to) => $", {from} to {to}{unit}",
    };

    private static string? Number(JsonNode? number) => number?.GetValue<int>().ToString("#,0", CultureInfo.InvariantCulture);

    private static string Default(JsonNode schema) => schema["default"] is { } value ? $"; default {value.ToJsonString()}" : "";
}
