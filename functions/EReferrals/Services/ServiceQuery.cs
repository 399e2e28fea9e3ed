using System.Collections.Specialized;
using System.Globalization;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;

namespace EReferrals.Services;

/// <summary>The query of a search in the directory. Only open services match.</summary>
/// <param name="After">Search after this id; null at the start.</param>
public sealed record ServiceQuery(string? Provider, string? Specialty, string? ClinicType, Priority? Priority, int Limit, string? After)
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;

    public bool Matches(Service service) => service.Open
        && (Provider is null || service.Provider == Provider)
        && (Specialty is null || service.Specialty == Specialty)
        && (ClinicType is null || service.ClinicTypes.Contains(ClinicType))
        && (Priority is not { } priority || service.Priorities.Contains(priority));

    /// <summary>Returns the query, or null and all errors.</summary>
    public static (ServiceQuery? Query, IReadOnlyList<FieldError> Errors) Read(NameValueCollection values)
    {
        var errors = new List<FieldError>();
        RefuseOthers(values, errors);
        var provider = Text(values, "provider", text => Identifiers.IsOdsCode(text), "an ODS code", errors);
        var specialty = Text(values, "specialty", text => Identifiers.IsListCode(text), "a specialty code", errors);
        var clinicType = Text(values, "clinicType", text => Identifiers.IsListCode(text), "a clinic type code", errors);
        var priority = Text(values, "priority", text => Code.TryParse<Priority>(text, out _), $"one of {string.Join(", ", Code.All<Priority>())}", errors);
        var limit = Text(values, "limit", text => LimitOf(text) is not null, $"a whole number from 1 to {MaxLimit}", errors);
        var cursorFormat = CursorOf(provider, specialty, clinicType, priority);
        var cursor = Text(
            values, "cursor", text => IdIn(text, cursorFormat) is not null, "the 'next' of an earlier response with the same filters", errors);
        if (errors.Count > 0) return (null, errors);
        return (new ServiceQuery(
            provider,
            specialty,
            clinicType,
            Code.TryParse<Priority>(priority, out var code) ? code : null,
            LimitOf(limit) ?? DefaultLimit,
            IdIn(cursor, cursorFormat)), []);
    }

    public string CursorAfter(string id) => CursorOf(Provider, Specialty, ClinicType, Priority is { } priority ? Code.From(priority) : null).Encode(id);

    private static Cursor CursorOf(string? provider, string? specialty, string? clinicType, string? priority) =>
        Cursor.Create("services", provider, specialty, clinicType, priority);

    private static string? IdIn(string? text, Cursor format) => text is not null && format.Decode(text) is [var id] && Identifiers.IsServiceId(id) ? id : null;

    private static int? LimitOf(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit ? limit : null;

    private static string? Text(NameValueCollection values, string name, Func<string, bool> isValid, string form, List<FieldError> errors)
    {
        if (values.GetValues(name) is not { } found) return null;
        if (found is [var only] && isValid(only)) return only;
        errors.Add(FieldError.OfParameter(name, "INVALID_VALUE", found.Length > 1 ? $"'{name}' must be given only once." : $"'{name}' must be {form}."));
        return null;
    }

    private static void RefuseOthers(NameValueCollection values, List<FieldError> errors)
    {
        foreach (var name in values.AllKeys)
        {
            // NameValueCollection ignores case. A misspelt name would be a filter that is silently not applied, so it is refused.
            if (name is "provider" or "specialty" or "clinicType" or "priority" or "limit" or "cursor") continue;
            var shown = name is null ? "" : name.Length <= 64 ? name : name[..64];
            errors.Add(FieldError.OfParameter(shown, "UNEXPECTED_FIELD", "This query parameter is not supported here."));
        }
    }
}
