using System.Text.Json;
using EReferrals.Referrals.Values;

namespace EReferrals.Ers.Fhir;

/// <summary>
/// Reads a Parameters resource: each parameter by its name, in any order. <see cref="RefuseOthers"/> reports the parameters that were not read.
/// </summary>
internal sealed class FhirParameters
{
    private readonly FhirErrors _errors;
    private readonly string _prefix;
    private readonly List<(string Name, FhirElement Element)> _all = [];
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    /// <param name="prefix">Goes before the names of parameters in diagnostics; empty for a request.</param>
    private FhirParameters(FhirErrors errors, string prefix) => (_errors, _prefix) = (errors, prefix);

    public FhirErrors Errors => _errors;

    /// <summary>Null when the resource is not a Parameters resource of this profile.</summary>
    public static FhirParameters? From(FhirElement resource, string profile, string prefix = "")
    {
        if (!resource.IsResource("Parameters", profile)) return null;
        var parameters = new FhirParameters(resource.Errors, prefix);
        foreach (var element in resource.Objects("parameter"))
        {
            if (element.Text("name", required: true) is { } name) parameters._all.Add((name, element));
        }

        resource.RefuseOthers();
        return parameters;
    }

    public bool Has(string name) => _all.Any(parameter => parameter.Name == name);

    /// <summary>The code of a <c>valueCoding</c>; null when the parameter is missing or invalid.</summary>
    public string? Coding(string name, string system, bool required = false) => Coding(name, url => url == system, required);

    /// <summary>The code of a list that this server serves.</summary>
    public string? ServedCoding(string name, string type, bool required = false) => Coding(name, url => ErsUrls.IsServed(url, type), required);

    public string? Coding(string name, Func<string, bool> isSystem, bool required = false) =>
        One(name, "valueCoding", required)?.Coding("valueCoding", NameOf(name), isSystem);

    public string? Concept(string name, Func<string, bool> isSystem, bool required = false) =>
        One(name, "valueCodeableConcept", required)?.Concept("valueCodeableConcept", NameOf(name), isSystem);

    /// <summary>A coding whose codes are an enumeration.</summary>
    public T? Code<T>(string name, string system, bool required = false) where T : struct, Enum => Parsed<T>(name, Coding(name, system, required));

    /// <summary>The value of a code that was read; null when it is missing or unknown.</summary>
    public T? Parsed<T>(string name, string? code) where T : struct, Enum
    {
        if (code is null) return null;
        if (Referrals.Values.Code.TryParse<T>(code, out var value)) return value;
        _errors.UnknownCode(NameOf(name), code);
        return null;
    }

    public string? Identifier(string name, string system, bool required = false) =>
        One(name, "valueIdentifier", required)?.Identifier("valueIdentifier", NameOf(name), url => url == system);

    /// <summary>An identifier of a certain form.</summary>
    public string? Identifier(string name, string system, Func<string, bool> isValid, bool required = false)
    {
        if (Identifier(name, system, required) is not { } value) return null;
        if (isValid(value)) return value;
        // The value may be a mistyped NHS number, so it is not repeated.
        _errors.Invalid(NameOf(name), "is invalid.");
        return null;
    }

    /// <param name="maxLength">UTF-16 code units.</param>
    public string? Text(string name, int maxLength, bool required = false) =>
        One(name, "valueString", required)?.Comment("valueString", maxLength, NameOf(name));

    public bool? Flag(string name, bool required = false) => One(name, "valueBoolean", required)?.Flag("valueBoolean", NameOf(name));

    public int? UnsignedInt(string name, bool required = false) => One(name, "valueUnsignedInt", required)?.UnsignedInt("valueUnsignedInt", NameOf(name));

    public DateTimeOffset? Instant(string name) => One(name, "valueInstant", required: false)?.Instant("valueInstant", NameOf(name));

    public FhirElement? Resource(string name, bool required = false) => One(name, "resource", required)?.Object("resource", required: true);

    /// <summary>The resources of a parameter that may be repeated.</summary>
    public IReadOnlyList<FhirElement> Resources(string name, bool required = false)
    {
        _read.Add(name);
        var named = _all.Where(parameter => parameter.Name == name).Select(parameter => parameter.Element).ToArray();
        if (required && named.Length == 0) _errors.Missing(NameOf(name));
        return [.. named.Where(element => HasValue(element, name, "resource")).Select(element => element.Object("resource")).OfType<FhirElement>()];
    }

    /// <summary>A parameter that e-RS accepts and that has no effect.</summary>
    public void Ignore(string name) => _read.Add(name);

    /// <summary>Refuses a parameter that is known, but not allowed in this request.</summary>
    public void Refuse(string name, string reason)
    {
        foreach (var (_, element) in _all.Where(parameter => parameter.Name == name)) _errors.Unexpected(element.Path, name, reason);
    }

    public void RefuseOthers()
    {
        foreach (var (name, element) in _all.Where(parameter => !_read.Contains(parameter.Name)))
        {
            _errors.Unexpected(element.Path, name, "unknown parameter name");
        }
    }

    public string NameOf(string name) => _prefix + name;

    private FhirElement? One(string name, string type, bool required)
    {
        _read.Add(name);
        var named = _all.Where(parameter => parameter.Name == name).Select(parameter => parameter.Element).ToArray();
        if (named.Length == 0 && required) _errors.Missing(NameOf(name));
        foreach (var more in named.Skip(1)) _errors.Add("INVALID_VALUE", $"'{more.Path}' ({name}) must be given only once.");
        return named is [var one, ..] && HasValue(one, name, type) ? one : null;
    }

    private bool HasValue(FhirElement element, string name, string type)
    {
        element.Ignore(JsonValueKind.String, "id");
        if (element.Has(type))
        {
            element.RefuseOthers();
            return true;
        }

        if (element.Members.Any(member => member is "resource" or "part" || member.StartsWith("value", StringComparison.Ordinal)))
        {
            _errors.Add("INVALID_VALUE", $"'{element.Path}' ({name}) must have {type}.");
        }
        else
        {
            _errors.Missing(NameOf(name));
        }

        return false;
    }
}
