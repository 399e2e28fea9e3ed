using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EReferrals.Http.Requests;

namespace EReferrals.Tests.ApiDocs;

/// <summary>
/// Checks JSON against a schema of the document. Supports the part of JSON Schema 2020-12 that the document uses and throws for any other keyword, so that
/// nothing goes unchecked. It is stricter than the standard in one way: an undescribed member is always a fault.
/// </summary>
internal sealed class SchemaCheck(JsonObject root)
{
    private static readonly ConcurrentDictionary<string, Regex> Patterns = new();

    private static readonly string[] Annotations = ["description", "default", "discriminator"];

    /// <summary>Returns every fault with its JSON Pointer; empty when the value fits the schema.</summary>
    public IReadOnlyList<string> FaultsOf(JsonNode? value, JsonNode schema)
    {
        var faults = new List<string>();
        Check(value, schema, "", faults);
        return faults;
    }

    private void Check(JsonNode? value, JsonNode schema, string at, List<string> faults)
    {
        foreach (var (keyword, rule) in schema.AsObject())
        {
            var fault = Fault(keyword, rule!, value, schema.AsObject(), at, faults);
            if (fault is not null) faults.Add($"{at}: {fault}");
        }
    }

    private string? Fault(string keyword, JsonNode rule, JsonNode? value, JsonObject schema, string at, List<string> faults)
    {
        switch (keyword)
        {
            case "$ref":
                Check(value, Resolve(rule.GetValue<string>()), at, faults);
                return null;
            case "type":
                var isOfType = rule is JsonArray types ? types.Any(type => IsOf(type!.GetValue<string>(), value)) : IsOf(rule.GetValue<string>(), value);
                return isOfType ? null : $"not {rule.ToJsonString()}";
            case "const":
                return JsonNode.DeepEquals(value, rule) ? null : $"not {rule.ToJsonString()}";
            case "enum":
                return rule.AsArray().Any(code => JsonNode.DeepEquals(value, code)) ? null : $"{value?.ToJsonString()} is none of the codes";
            case "oneOf":
                return rule.AsArray().Count(choice => FaultsOf(value, choice!).Count == 0) == 1 ? null : "fits not exactly one choice";
            case "anyOf":
                return rule.AsArray().Any(choice => FaultsOf(value, choice!).Count == 0) ? null : "fits no choice";
            case "properties" or "required" or "additionalProperties":
                return value is JsonObject members ? ObjectFault(keyword, rule, members, schema, at, faults) : null;
            case "items" or "minItems" or "maxItems" or "uniqueItems":
                return value is JsonArray items ? ArrayFault(keyword, rule, items, at, faults) : null;
            case "pattern" or "minLength" or "maxLength" or "format":
                return value?.GetValueKind() == JsonValueKind.String ? TextFault(keyword, rule, value.GetValue<string>()) : null;
            case "minimum":
                return value is null || value.GetValueKind() != JsonValueKind.Number || Number(value) >= Number(rule) ? null : $"below {rule}";
            case "maximum":
                return value is null || value.GetValueKind() != JsonValueKind.Number || Number(value) <= Number(rule) ? null : $"above {rule}";
            default:
                return Annotations.Contains(keyword)
                    ? null
                    : throw new NotSupportedException($"The check does not know '{keyword}'. Teach it, or leave it out of the document.");
        }
    }

    private string? ObjectFault(string keyword, JsonNode rule, JsonObject members, JsonObject schema, string at, List<string> faults)
    {
        if (keyword == "required")
        {
            var missing = rule.AsArray().Select(name => name!.GetValue<string>()).Where(name => !members.ContainsKey(name)).ToArray();
            return missing.Length == 0 ? null : $"without {string.Join(", ", missing)}";
        }

        if (keyword == "additionalProperties")
        {
            if (rule is JsonObject values) foreach (var (name, member) in members) Check(member, values, $"{at}/{name}", faults);
            return null;
        }

        foreach (var (name, member) in members)
        {
            if (rule[name] is { } described) Check(member, described, $"{at}/{name}", faults);
            else if (schema["additionalProperties"] is not JsonObject) faults.Add($"{at}/{name}: is not described");
        }

        return null;
    }

    private string? ArrayFault(string keyword, JsonNode rule, JsonArray items, string at, List<string> faults)
    {
        if (keyword == "items")
        {
            for (var index = 0; index < items.Count; index++) Check(items[index], rule, $"{at}/{index}", faults);
            return null;
        }

        return keyword switch
        {
            "minItems" => items.Count >= rule.GetValue<int>() ? null : "too few items",
            "maxItems" => items.Count <= rule.GetValue<int>() ? null : "too many items",
            _ => items.Select(item => item?.ToJsonString()).Distinct().Count() == items.Count ? null : "an item twice",
        };
    }

    private static string? TextFault(string keyword, JsonNode rule, string text) => keyword switch
    {
        "pattern" =>
            Patterns.GetOrAdd(rule.GetValue<string>(), pattern => new Regex(pattern, RegexOptions.ECMAScript)).IsMatch(text) ? null : $"not like {rule}",
        "minLength" => text.Length >= rule.GetValue<int>() ? null : "too short",
        "maxLength" => text.Length <= rule.GetValue<int>() ? null : "too long",
        _ => HasFormat(rule.GetValue<string>(), text) ? null : $"no {rule}",
    };

    private static bool HasFormat(string format, string text) => format switch
    {
        "date-time" => IsoInstant.TryParse(text, out _),
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "uuid" => Guid.TryParseExact(text, "D", out _),
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        "uri-reference" => Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out _),
        _ => throw new NotSupportedException($"The check does not know the format '{format}'."),
    };

    private static bool IsOf(string type, JsonNode? value) => type switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() == JsonValueKind.String,
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "number" => value?.GetValueKind() == JsonValueKind.Number,
        "integer" => value?.GetValueKind() == JsonValueKind.Number && Number(value) % 1 == 0,
        _ => throw new NotSupportedException($"The check does not know the type '{type}'."),
    };

    private static decimal Number(JsonNode value) => decimal.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);

    private JsonNode Resolve(string reference) => reference.Split('/') is ["#", .. var steps]
        ? steps.Aggregate((JsonNode)root, (node, step) => node[step] ?? throw new InvalidDataException($"{reference} points at nothing."))
        : throw new NotSupportedException($"{reference} is not a part of the document.");
}
