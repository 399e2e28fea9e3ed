using System.Net.Http.Headers;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http.Requests;

/// <summary>Chooses the response format that the caller prefers, by the weights and wildcards of RFC 9110.</summary>
internal static class Accept
{
    /// <param name="offered">Media types without parameters. The first is the default when the request has no Accept header.</param>
    public static Result<string> Choose(HttpHeadersCollection headers, params IReadOnlyList<string> offered)
    {
        // Repeated Accept headers form one list.
        var header = headers.NonValidated.TryGetValues("Accept", out var values) ? string.Join(',', values) : "";
        if (header.AsSpan().Trim().IsEmpty) return offered[0];
        using var message = new HttpRequestMessage();
        if (!message.Headers.Accept.TryParseAdd(header))
        {
            const string Expected = "Accept must be a list of media types, such as application/json, */*;q=0.1.";
            return Problem.BadRequest(FieldError.OfHeader("Accept", "INVALID_VALUE", Expected));
        }

        // When two formats have the same weight, the more specific range wins; then the order of the offer, because the sort is stable.
        var best = offered.Select(type => (Type: type, Range: RangeFor(type, message.Headers.Accept)))
            .Where(form => form.Range is { Quality: not 0 })
            .OrderByDescending(form => form.Range!.Quality ?? 1)
            .ThenByDescending(form => Specificity(form.Range!))
            .Select(form => form.Type)
            .FirstOrDefault();
        return best is null ? Problem.NoAcceptableForm(offered) : best;
    }

    // The most specific range that covers the type determines its weight.
    private static MediaTypeWithQualityHeaderValue? RangeFor(string type, IEnumerable<MediaTypeWithQualityHeaderValue> accepted) =>
        accepted.Where(range => Covers(range, type)).MaxBy(Specificity);

    private static bool Covers(MediaTypeWithQualityHeaderValue range, string type) => range.MediaType switch
    {
        "*/*" => true,
        { } group when group.EndsWith("/*", StringComparison.Ordinal) => type.StartsWith(group[..^1], StringComparison.OrdinalIgnoreCase),
        // A media type with other parameters is a different format.
        var exact => string.Equals(exact, type, StringComparison.OrdinalIgnoreCase)
            && range.Parameters.All(parameter => IsWeight(parameter) || IsUtf8(parameter) || IsVersion(parameter, type)),
    };

    private static int Specificity(MediaTypeWithQualityHeaderValue range) => range.MediaType switch
    {
        "*/*" => 0,
        { } group when group.EndsWith("/*", StringComparison.Ordinal) => 1,
        _ => 2,
    };

    private static bool IsWeight(NameValueHeaderValue parameter) => string.Equals(parameter.Name, "q", StringComparison.OrdinalIgnoreCase);

    // FHIR clients name the version of FHIR, which the address decides.
    private static bool IsVersion(NameValueHeaderValue parameter, string type) =>
        type.EndsWith("fhir+json", StringComparison.Ordinal) && parameter.Name.ToLowerInvariant() is "fhirversion" or "version";

    private static bool IsUtf8(NameValueHeaderValue parameter) =>
        string.Equals(parameter.Name, "charset", StringComparison.OrdinalIgnoreCase)
        && string.Equals(parameter.Value?.Trim('"'), "utf-8", StringComparison.OrdinalIgnoreCase);
}
