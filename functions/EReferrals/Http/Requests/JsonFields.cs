using System.Buffers;
using System.Globalization;
using System.Text.Json;
using EReferrals.Referrals.Values;

namespace EReferrals.Http.Requests;

/// <summary>
/// Reads the members of one JSON object and collects all their errors. <see cref="RefuseOthers"/> reports members that were not read: a misspelt
/// field must not be lost silently.
/// </summary>
public sealed class JsonFields(JsonElement element, string pointer, List<FieldError> errors)
{
    private static readonly SearchValues<char> Controls = SearchValues.Create([.. AllControls()]);
    private static readonly SearchValues<char> ControlsButLines = SearchValues.Create([.. AllControls().Except(['\n', '\r', '\t'])]);

    private readonly HashSet<string> _readMembers = new(StringComparer.Ordinal);

    public List<FieldError> Errors => errors;

    public void Add(string member, string code, string message) => errors.Add(new FieldError($"{pointer}/{Escape(member)}", code, message));

    public bool Has(string member) => Read(member) is not null;

    /// <param name="maxLength">UTF-16 code units.</param>
    public string? Text(string member, int maxLength, bool required = false, bool lines = false)
    {
        if (Required(member, required) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.String)
        {
            Add(member, "INVALID_VALUE", $"'{member}' must be a string.");
            return null;
        }

        var text = value.GetString()!;
        if (BlankText.Is(text)) Add(member, required ? "MISSING_VALUE" : "INVALID_VALUE", $"'{member}' is blank.");
        else if (text.Length > maxLength) Add(member, "INVALID_VALUE", $"'{member}' must have at most {maxLength} characters.");
        else if (HasControls(text, lines)) Add(member, "INVALID_VALUE", $"'{member}' must not contain control characters.");
        else return text;
        return null;
    }

    /// <summary>A string that must pass <paramref name="isValid"/>; null when it is missing or invalid.</summary>
    public string? Text(string member, int maxLength, Func<string, bool> isValid, string form, bool required = false)
    {
        if (Text(member, maxLength, required) is not { } text) return null;
        if (isValid(text)) return text;
        Add(member, "INVALID_VALUE", $"'{member}' must be {form}.");
        return null;
    }

    public T? Code<T>(string member, bool required = false) where T : struct, Enum
    {
        if (Text(member, 64, required) is not { } text) return null;
        if (Referrals.Values.Code.TryParse<T>(text, out var value)) return value;
        Add(member, "INVALID_CODE", $"'{member}' must be one of {string.Join(", ", Referrals.Values.Code.All<T>())}.");
        return null;
    }

    public IReadOnlyList<T>? Codes<T>(string member, bool required = false) where T : struct, Enum
    {
        var expected = $"one of {string.Join(", ", Referrals.Values.Code.All<T>())}";
        var texts = Texts(member, 16, 64, text => Referrals.Values.Code.TryParse<T>(text, out _), expected, required, "INVALID_CODE");
        return texts?.Select(text => Referrals.Values.Code.TryParse<T>(text, out var value) ? value : default).ToArray();
    }

    public IReadOnlyList<string>? Texts(
        string member, int maxItems, int maxLength, Func<string, bool> isValid, string form, bool required = false, string code = "INVALID_VALUE")
    {
        if (Required(member, required) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array)
        {
            Add(member, "INVALID_VALUE", $"'{member}' must be an array.");
            return null;
        }

        if (value.GetArrayLength() > maxItems) Add(member, "TOO_MANY_ITEMS", $"'{member}' must have at most {maxItems} items.");
        if (required && value.GetArrayLength() == 0) Add(member, "MISSING_VALUE", $"'{member}' must have at least one item.");
        var items = new List<string>();
        foreach (var (item, index) in value.EnumerateArray().Take(maxItems).Select((item, index) => (item, index)))
        {
            if (item.ValueKind != JsonValueKind.String || item.GetString() is not { } text || text.Length > maxLength || !isValid(text))
            {
                Add($"{member}", index, code, $"'{member}' item {index} must be {form}.");
            }
            else if (items.Contains(text))
            {
                Add($"{member}", index, "INVALID_VALUE", $"'{member}' item {index} is a duplicate.");
            }
            else
            {
                items.Add(text);
            }
        }

        return items;
    }

    /// <param name="plausible">The range that the value must lie in.</param>
    public DateOnly? Date(string member, PlausibleRange plausible, Present present, bool required = false)
    {
        if (Text(member, 10, required) is not { } text) return null;
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            Add(member, "INVALID_VALUE", $"'{member}' must be a date, such as 1980-02-01.");
            return null;
        }

        if (plausible.Fault(member, date, present) is { } fault) Add(member, "INVALID_VALUE", fault);
        return date;
    }

    /// <summary>An RFC 3339 instant, in UTC; null when it is missing or is not an instant.</summary>
    /// <param name="plausible">The range that the value must lie in.</param>
    /// <param name="around">The instant that the range is relative to; null skips the range check, because that instant is itself invalid.</param>
    public DateTimeOffset? Instant(string member, PlausibleRange plausible, Present? around, bool required = false)
    {
        if (Text(member, 40, required) is not { } text) return null;
        if (!IsoInstant.TryParse(text, out var instant))
        {
            Add(member, "INVALID_VALUE", $"'{member}' must be a date and time with an offset, such as 2026-11-01T09:00:00Z.");
            return null;
        }

        if (around is { } reference && plausible.Fault(member, instant, reference) is { } fault) Add(member, "INVALID_VALUE", fault);
        return instant;
    }

    public int? Number(string member, int minimum, int maximum, bool required = false)
    {
        if (Required(member, required) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= minimum && number <= maximum) return number;
        Add(member, "INVALID_VALUE", $"'{member}' must be a whole number from {minimum} to {maximum}.");
        return null;
    }

    public bool? Flag(string member, bool required = false)
    {
        if (Required(member, required) is not { } value) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Add(member, "INVALID_VALUE", $"'{member}' must be true or false.");
        return null;
    }

    public JsonFields? Object(string member, bool required = false)
    {
        if (Required(member, required) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Object) return new JsonFields(value, $"{pointer}/{Escape(member)}", errors);
        Add(member, "INVALID_VALUE", $"'{member}' must be an object.");
        return null;
    }

    /// <summary>The objects of an array, each with its own JSON pointer; empty when the array is missing or invalid.</summary>
    public IReadOnlyList<JsonFields> Objects(string member, int maxItems)
    {
        if (Required(member, required: true) is not { } value) return [];
        if (value.ValueKind != JsonValueKind.Array)
        {
            Add(member, "INVALID_VALUE", $"'{member}' must be an array.");
            return [];
        }

        if (value.GetArrayLength() == 0) Add(member, "MISSING_VALUE", $"'{member}' must have at least one item.");
        if (value.GetArrayLength() > maxItems) Add(member, "TOO_MANY_ITEMS", $"'{member}' must have at most {maxItems} items.");
        var items = new List<JsonFields>();
        foreach (var (item, index) in value.EnumerateArray().Take(maxItems).Select((item, index) => (item, index)))
        {
            if (item.ValueKind == JsonValueKind.Object) items.Add(new JsonFields(item, $"{pointer}/{Escape(member)}/{index}", errors));
            else Add(member, index, "INVALID_VALUE", $"'{member}' item {index} must be an object.");
        }

        return items;
    }

    public void RefuseOthers()
    {
        foreach (var property in element.EnumerateObject())
        {
            // Each unknown member is reported once, even when this method is called again.
            if (_readMembers.Add(property.Name)) Add(Truncate(property.Name), "UNEXPECTED_FIELD", "This field is not allowed here.");
        }
    }

    private JsonElement? Read(string member)
    {
        _readMembers.Add(member);
        return element.TryGetProperty(member, out var value) ? value : null;
    }

    private JsonElement? Required(string member, bool required)
    {
        var value = Read(member);
        if (value is null && required) Add(member, "MISSING_VALUE", $"'{member}' is missing.");
        if (value is not { ValueKind: JsonValueKind.Null }) return value;
        Add(member, "INVALID_VALUE", required ? $"'{member}' must not be null." : $"'{member}' must not be null. Omit it instead.");
        return null;
    }

    private void Add(string member, int index, string code, string message) =>
        errors.Add(new FieldError(string.Create(CultureInfo.InvariantCulture, $"{pointer}/{Escape(member)}/{index}"), code, message));

    private static bool HasControls(string text, bool lines) => text.AsSpan().ContainsAny(lines ? ControlsButLines : Controls);

    private static IEnumerable<char> AllControls() => Enumerable.Range(0, 0xA0).Select(code => (char)code).Where(char.IsControl);

    private static string Escape(string member) =>
        member.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private static string Truncate(string name) => name.Length <= 64 ? name : name[..64];
}
