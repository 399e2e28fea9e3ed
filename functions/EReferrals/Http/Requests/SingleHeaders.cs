using System.Buffers;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http.Requests;

/// <summary>
/// The headers that a request has once or not at all. One that came twice is refused and never guessed at: of two idempotency keys neither is the
/// sender's. The platform hands a repeated header over as one value with commas, so that a comma where none belongs is a repetition.
/// </summary>
internal static class SingleHeaders
{
    private static readonly SearchValues<char> LettersAndDigits = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    private static readonly (string Name, Func<string, bool> IsRepeated)[] Known =
    [
        ("Authorization", IsRepeatedToken),
        ("NHSD-End-User-Organisation-ODS", HasComma),
        ("NHSD-eRS-Business-Function", HasComma),
        ("NHSD-eRS-On-Behalf-Of-User-ID", HasComma),
        ("X-Correlation-ID", HasComma),
        ("Idempotency-Key", HasComma),
        ("If-Match", HasComma),
        ("If-Range", value => HasComma(value) && !IsDate(value)),
        ("Range", value => value.AsSpan().Count('=') > 1),
        ("Content-Type", HasCommaOutsideQuotes),
        ("NHSD-eRS-File-Name", IsRepeatedName),
        ("NHSD-eRS-Referral-ID", HasComma),
        ("apikey", HasComma),
    ];

    public static IEnumerable<string> Names => Known.Select(header => header.Name);

    /// <summary>Everything that came more often than once; null when nothing did.</summary>
    public static Problem? Refuse(HttpHeadersCollection headers)
    {
        List<FieldError>? errors = null;
        foreach (var (name, isRepeated) in Known)
        {
            if (!headers.NonValidated.TryGetValues(name, out var values) || (values.Count == 1 && !isRepeated(values.ToString()))) continue;
            (errors ??= []).Add(FieldError.OfHeader(name, "INVALID_VALUE", $"Send one {name} header, with one value."));
        }

        return errors is null ? null : Problem.BadRequest(errors);
    }

    private static bool HasComma(string value) => value.Contains(',', StringComparison.Ordinal);

    // What is no bearer token is refused as such, and may hold commas.
    private static bool IsRepeatedToken(string value) => HasComma(value) && value.Contains("Bearer ", StringComparison.OrdinalIgnoreCase);

    // Of a date one comma is its own, even where the day of the week is wrong.
    private static bool IsDate(string value) => value.AsSpan().Count(',') == 1 && value.EndsWith(" GMT", StringComparison.Ordinal);

    private static bool HasCommaOutsideQuotes(string value)
    {
        var quoted = false;
        for (var at = 0; at < value.Length; at++)
        {
            if (value[at] == '"') quoted = !quoted;
            else if (value[at] == '\\' && quoted) at++;
            else if (value[at] == ',' && !quoted) return true;
        }

        return false;
    }

    // A name may hold commas (e-RS); two names that came together both end as names of files do.
    private static bool IsRepeatedName(string value) => HasComma(value) && value.Split(',').Count(part => EndsAsFile(part.Trim())) > 1;

    private static bool EndsAsFile(string name) =>
        name.LastIndexOf('.') is > 0 and var dot && name.Length - dot is >= 2 and <= 5 && name.AsSpan(dot + 1).IndexOfAnyExcept(LettersAndDigits) < 0;
}
