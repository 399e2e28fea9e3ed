using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Fhir;

/// <summary>The data types of FHIR as JSON, always written in the same order.</summary>
internal static class FhirNodes
{
    public const string MediaType = "application/fhir+json";
    public const string ContentType = MediaType + "; charset=utf-8";

    // Never part of a page, so apostrophes and letters with accents may stay as they are.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Bytes(JsonObject resource)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Plain)) resource.WriteTo(json);
        return buffer.ToArray();
    }

    public static JsonObject Meta(params ReadOnlySpan<string> profiles) => new() { ["profile"] = Texts(profiles) };

    public static JsonObject UpdatedMeta(DateTimeOffset now) => new() { ["lastUpdated"] = InstantConverter.TextOf(now) };

    public static JsonObject VersionedMeta(int version, params ReadOnlySpan<string> profiles) =>
        new() { ["versionId"] = Number(version), ["profile"] = Texts(profiles) };

    public static JsonObject Coding(string system, string code, string? display = null)
    {
        var coding = new JsonObject { ["system"] = system, ["code"] = code };
        if (display is not null) coding["display"] = display;
        return coding;
    }

    public static JsonObject Concept(JsonObject coding) => new() { ["coding"] = new JsonArray(coding) };

    public static JsonObject Identifier(string system, string value) => new() { ["system"] = system, ["value"] = value };

    public static JsonObject Reference(string reference) => new() { ["reference"] = reference };

    /// <summary>A reference to something that this server does not hold, such as a user.</summary>
    public static JsonObject Logical(string system, string value, string? display = null)
    {
        var reference = new JsonObject { ["identifier"] = Identifier(system, value) };
        if (display is not null) reference["display"] = display;
        return reference;
    }

    /// <param name="type">The name of the value, such as <c>valueCoding</c>.</param>
    public static JsonObject Extension(string url, string type, JsonNode value) => new() { ["url"] = url, [type] = value };

    public static JsonObject Parameter(string name, string type, JsonNode value) => new() { ["name"] = name, [type] = value };

    public static string Number(int value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static JsonArray Texts(ReadOnlySpan<string> texts)
    {
        var array = new JsonArray();
        foreach (var text in texts) array.Add(text);
        return array;
    }
}
