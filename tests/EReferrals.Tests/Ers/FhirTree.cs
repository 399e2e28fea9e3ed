using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace EReferrals.Tests.Ers;

/// <summary>
/// Compares a resource with a published one as whole trees. Ids, versions, instants and bases differ; the order of extensions, contained resources,
/// parameters and entries has no meaning.
/// </summary>
internal static partial class FhirTree
{
    /// <param name="names">Texts of the published resource and what stands for them in ours.</param>
    public static void AssertEqual(JsonObject published, JsonObject ours, params (string Published, string Ours)[] names) =>
        Assert.Equal(string.Join('\n', Lines(Normalised(published)!, "", names)), string.Join('\n', Lines(Normalised(ours)!, "", [])));

    private static IEnumerable<string> Lines(JsonNode node, string path, (string Published, string Ours)[] names) => node switch
    {
        JsonObject members => members.Where(member => member.Value is not null).OrderBy(member => member.Key, StringComparer.Ordinal)
            .SelectMany(member => Lines(member.Value!, $"{path}/{member.Key}", names)),
        JsonArray { Count: 0 } => [$"{path} = []"],
        JsonArray items => items.Select(item => Block(item!, path, names)).Order(StringComparer.Ordinal),
        _ => [Renamed(Line(node, path), names)],
    };

    // The lines of one member of an array stay together. It is told apart by its kind, not by its position.
    private static string Block(JsonNode item, string path, (string Published, string Ours)[] names)
    {
        var here = $"{path}{KeyOf(item)}";
        return string.Join('\n', Lines(item, here, names).Prepend(Renamed($"{here}:", names)));
    }

    private static string Renamed(string line, (string Published, string Ours)[] names) =>
        names.Aggregate(line, (text, name) => text.Replace(name.Published, name.Ours, StringComparison.Ordinal));

    private static string Line(JsonNode value, string path) =>
        value.GetValueKind() == JsonValueKind.String ? $"{path} = {value}" : $"{path} = {value} ({value.GetValueKind()})";

    private static string KeyOf(JsonNode item)
    {
        var kind = item is JsonObject members ? members["url"] ?? members["resourceType"] ?? members["name"] ?? (members["concept"] is null
            ? members["code"] : null) : null;
        return kind is JsonValue value ? $"({value})" : "";
    }

    private static JsonNode? Normalised(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Where(member => !IsProvisioning(member.Value)).Select(member =>
            KeyValuePair.Create(member.Key, Member(members, member.Key, member.Value)))),
        JsonArray items => new JsonArray([.. items.Where(item => !IsProvisioning(item)).Select(Normalised)]),
        JsonValue value when value.TryGetValue<string>(out var text) => Plain(text),
        _ => node?.DeepClone(),
    };

    private static JsonNode? Member(JsonObject members, string name, JsonNode? value) => name switch
    {
        "versionId" => "n",
        "valueInteger" when (string?)members["url"] == "referralRequestVersion" => 0,
        // The ids of contained resources are words, which the contract fixes.
        "id" when value is JsonValue id && Plain((string)id!) is var text => char.IsAsciiDigit(text[0]) ? "id" : text,
        _ => Normalised(value),
    };

    // Whether it is shown differs between the published examples.
    private static bool IsProvisioning(JsonNode? node) => node is JsonObject members && (string?)members["name"]?.ToString() == "commissioningProvisioning";

    private static string Plain(string text)
    {
        text = Base().Replace(text, "BASE/STU3");
        text = Instants().Replace(text, "instant");
        text = Days().Replace(text, "date");
        text = Uuids().Replace(text, "uuid");
        text = Documents().Replace(text, "DocumentReference-n");
        text = History().Replace(text, "/_history/v");
        text = Ubrns().Replace(text, "ubrn");
        return Appointments().Replace(text, "Appointment/id");
    }

    [GeneratedRegex(@"^(https?://[^/]+/referrals/FHIR|_base[uU]rl_)/STU3")]
    private static partial Regex Base();

    [GeneratedRegex(@"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|\+00:00)")]
    private static partial Regex Instants();

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    private static partial Regex Days();

    [GeneratedRegex(@"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uuids();

    [GeneratedRegex(@"DocumentReference-[0-9]+")]
    private static partial Regex Documents();

    [GeneratedRegex(@"/_history/[0-9]+")]
    private static partial Regex History();

    [GeneratedRegex(@"\b[0-9]{12}\b(?=$|/)(?<=ReferralRequest/[0-9]{12})")]
    private static partial Regex Ubrns();

    [GeneratedRegex(@"Appointment/[0-9]+")]
    private static partial Regex Appointments();
}
