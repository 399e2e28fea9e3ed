using System.Text.Json;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Fhir;

/// <summary>
/// Reads the members of one JSON object of a FHIR resource and collects all their errors. <see cref="RefuseOthers"/> reports members that were not read:
/// a misspelt element must not be lost silently.
/// </summary>
/// <param name="path">Where the object is, such as <c>parameter[0]/resource</c>; empty for the root.</param>
internal sealed class FhirElement(JsonElement json, string path, FhirErrors errors)
{
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    public FhirErrors Errors => errors;

    public string Path => path.Length == 0 ? "resource" : path;

    public bool Has(string member) => Find(member) is not null;

    /// <summary>The names of the members that are present.</summary>
    public IEnumerable<string> Members => json.EnumerateObject().Select(member => member.Name);

    public FhirElement? Object(string member, bool required = false)
    {
        if (Find(member, required) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Object) return new FhirElement(value, PathOf(member), errors);
        errors.Invalid(PathOf(member), "must be an object.");
        return null;
    }

    /// <summary>The objects of an array; empty when it is missing or is not an array of objects.</summary>
    public IReadOnlyList<FhirElement> Objects(string member, bool required = false)
    {
        if (Find(member, required) is not { } value) return [];
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.Object))
        {
            errors.Invalid(PathOf(member), "must be an array of objects.");
            return [];
        }

        return [.. value.EnumerateArray().Select((item, at) => new FhirElement(item, $"{PathOf(member)}[{at}]", errors))];
    }

    /// <param name="name">The name of the field in diagnostics; null for its path.</param>
    public string? Text(string member, string? name = null, bool required = false)
    {
        if (Find(member, required, name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text) return text;
        errors.Invalid(name ?? PathOf(member), "must be a string that is not empty.");
        return null;
    }

    /// <summary>Free text for people. Neither blank nor with control characters.</summary>
    /// <param name="maxLength">UTF-16 code units.</param>
    public string? Comment(string member, int maxLength, string? name = null)
    {
        var shown = name ?? PathOf(member);
        if (Text(member, shown, required: true) is not { } text) return null;
        if (BlankText.Is(text)) errors.Invalid(shown, "is blank.");
        else if (text.Length > maxLength) errors.Invalid(shown, $"must have at most {maxLength} characters.");
        else if (text.Any(character => char.IsControl(character) && character is not ('\n' or '\r' or '\t')))
        {
            errors.Invalid(shown, "must not contain control characters.");
        }
        else return text;
        return null;
    }

    public IReadOnlyList<string> Texts(string member)
    {
        if (Find(member) is not { } value) return [];
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
        {
            return [.. value.EnumerateArray().Select(item => item.GetString()!)];
        }

        errors.Invalid(PathOf(member), "must be an array of strings.");
        return [];
    }

    public bool? Flag(string member, string name)
    {
        if (Find(member, required: true, name) is not { } value) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        errors.Invalid(name, "must be true or false.");
        return null;
    }

    public int? UnsignedInt(string member, string name)
    {
        if (Find(member, required: true, name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0) return number;
        errors.Invalid(name, "must be a whole number that is not negative.");
        return null;
    }

    public DateTimeOffset? Instant(string member, string name)
    {
        if (Text(member, name, required: true) is not { } text) return null;
        if (IsoInstant.TryParse(text, out var instant)) return instant;
        errors.Invalid(name, "must be an instant, such as 2026-11-01T09:00:00Z.");
        return null;
    }

    /// <summary>The code of a Coding; null when it is missing or of another system.</summary>
    /// <param name="isSystem">Whether a system is the expected one.</param>
    public string? Coding(string member, string name, Func<string, bool> isSystem) => Object(member, required: true)?.CodeOf(name, isSystem);

    /// <summary>The code of a CodeableConcept, which must have one coding.</summary>
    public string? Concept(string member, string name, Func<string, bool> isSystem) => Object(member, required: true)?.CodeOfConcept(name, isSystem);

    /// <summary>The code of this CodeableConcept, which must have one coding.</summary>
    public string? CodeOfConcept(string name, Func<string, bool> isSystem)
    {
        var codings = Objects("coding", required: true);
        Ignore(JsonValueKind.String, "text");
        RefuseOthers();
        if (codings.Count == 1) return codings[0].CodeOf(name, isSystem);
        if (Has("coding")) errors.Invalid(name, "must have exactly one coding.");
        return null;
    }

    /// <summary>The value of an Identifier; null when it is missing or of another system.</summary>
    public string? Identifier(string member, string name, Func<string, bool> isSystem)
    {
        if (Object(member, required: true) is not { } identifier) return null;
        var (system, value) = identifier.SystemAndValue(name);
        if (system is not null && !isSystem(system))
        {
            errors.Invalid(name, "must have the identifier system of its kind.");
            return null;
        }

        return system is null ? null : value;
    }

    /// <summary>The system and the value of this Identifier. Each is null when it is missing.</summary>
    /// <param name="name">The name of the identifier in diagnostics; null for its path.</param>
    public (string? System, string? Value) SystemAndValue(string? name = null)
    {
        var shown = name ?? Path;
        var (system, value) = (Text("system", $"{shown}/system", required: true), Text("value", $"{shown}/value", required: true));
        Ignore(JsonValueKind.String, "use");
        Ignore(JsonValueKind.Object, "type", "period", "assigner");
        RefuseOthers();
        return (system, value);
    }

    /// <summary>Members that FHIR allows and that mean nothing here. Their types are checked like those of any other member.</summary>
    public void Ignore(JsonValueKind kind, params ReadOnlySpan<string> members)
    {
        foreach (var member in members)
        {
            if (Find(member) is { } value && value.ValueKind != kind) errors.Invalid(PathOf(member), $"must be {Words(kind)}.");
        }
    }

    /// <summary>Members that mean nothing here, whatever their type is.</summary>
    public void IgnoreAny(params ReadOnlySpan<string> members)
    {
        foreach (var member in members) _read.Add(member);
    }

    /// <summary>Checks the type and profile of a resource, and skips what every resource may have.</summary>
    public bool IsResource(string type, string? profile)
    {
        Ignore(JsonValueKind.String, "id", "implicitRules", "language");
        Ignore(JsonValueKind.Object, "text");
        var isType = Find("resourceType") is { ValueKind: JsonValueKind.String } found && found.GetString() == type;
        if (!isType) errors.Structure(PathOf("resourceType"), $"must be {type}.");
        var profiles = Object("meta")?.Texts("profile") ?? [];
        if (profile is null || profiles.Count == 0 || profiles.Contains(profile)) return isType;
        errors.Structure(PathOf("meta/profile"), $"must be {profile}.");
        return false;
    }

    public void RefuseOthers()
    {
        foreach (var member in Members.Where(member => !_read.Contains(member))) errors.Unexpected(PathOf(member), member, "unknown element name");
    }

    public string PathOf(string member) => path.Length == 0 ? member : $"{path}/{member}";

    private string? CodeOf(string name, Func<string, bool> isSystem)
    {
        var system = Text("system", $"{name}/system", required: true);
        var code = Text("code", $"{name}/code", required: true);
        Ignore(JsonValueKind.String, "display", "version");
        if (Has("userSelected")) Flag("userSelected", PathOf("userSelected"));
        RefuseOthers();
        if (system is null || code is null) return null;
        if (isSystem(system)) return code;
        errors.UnknownCode(name, code);
        return null;
    }

    private JsonElement? Find(string member, bool required = false, string? name = null)
    {
        _read.Add(member);
        if (json.TryGetProperty(member, out var value) && !IsEmpty(value)) return value;
        if (required) errors.Missing(name ?? PathOf(member));
        return null;
    }

    private static string Words(JsonValueKind kind) => kind switch
    {
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Array => "an array",
        _ => "an object",
    };

    // FHIR allows no empty array: it says as little as a member that is missing.
    private static bool IsEmpty(JsonElement value) =>
        value.ValueKind == JsonValueKind.Null || (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0);
}
