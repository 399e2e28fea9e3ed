using System.Buffers;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http.Requests;

/// <summary>
/// The headers that a request may have at most once. A repeated header is refused: with two idempotency keys, for example, it is unclear which one the
/// sender meant. The platform joins repeated headers with commas, so a comma that the header's format does not allow means a repetition.
/// <c>X-Correlation-ID</c> is not among them: a correlation id may contain commas, so one value cannot be told from two that the platform joined, and
/// a joined id still finds the request in the logs.
/// </summary>
internal static class SingleHeaders
{
    private static readonly SearchValues<char> LettersAndDigits = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    private static readonly (string Name, Func<string, bool> IsRepeated)[] All =
    [
        ("Authorization", IsRepeatedToken),
        ("NHSD-End-User-Organisation-ODS", HasComma),
        ("NHSD-eRS-Business-Function", HasComma),
        ("NHSD-eRS-On-Behalf-Of-User-ID", HasComma),
        ("Idempotency-Key", HasComma),
        ("If-Match", HasComma),
        ("If-Range", value => HasComma(value) && !IsDate(value)),
        ("Range", value => value.AsSpan().Count('=') > 1),
        ("Content-Type", HasCommaOutsideQuotes),
        ("NHSD-eRS-File-Name", IsRepeatedName),
        ("NHSD-eRS-Referral-ID", HasComma),
        ("apikey", HasComma),
    ];

    public static IEnumerable<string> Names => All.Select(header => header.Name);

    /// <summary>The problem that lists every repeated header; null when there is none.</summary>
    public static Problem? Refuse(HttpHeadersCollection headers)
    {
        List<FieldError>? errors = null;
        foreach (var (name, isRepeated) in All)
        {
            if (!headers.NonValidated.TryGetValues(name, out var values) || (values.Count == 1 && !isRepeated(values.ToString()))) continue;
            (errors ??= []).Add(FieldError.OfHeader(name, "INVALID_VALUE", $"Send exactly one {name} header with one value."));
        }

        return errors is null ? null : Problem.BadRequest(errors);
    }

    private static bool HasComma(string value) => value.Contains(',', StringComparison.Ordinal);

    // A value that is not a bearer token may contain commas; authentication refuses it later.
    private static bool IsRepeatedToken(string value) => HasComma(value) && value.Contains("Bearer ", StringComparison.OrdinalIgnoreCase);

    // A date contains one comma of its own, even when its day of the week is wrong.
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

    // A file name may contain commas (e-RS), with dots before them: "Bloods 01.02.24, ECG.pdf". Two joined names are for one file, so they end alike.
    private static bool IsRepeatedName(string value)
    {
        if (!HasComma(value)) return false;
        var extensions = value.Split(',').Select(part => ExtensionOf(part.Trim())).ToArray();
        return extensions[^1] is { } last && extensions.SkipLast(1).Contains(last, StringComparer.OrdinalIgnoreCase);
    }

    // Null when the name does not end as that of a file.
    private static string? ExtensionOf(string name) =>
        name.LastIndexOf('.') is > 0 and var dot && name.Length - dot is >= 2 and <= 5 && name.AsSpan(dot + 1).IndexOfAnyExcept(LettersAndDigits) < 0
            ? name[dot..]
            : null;
}
