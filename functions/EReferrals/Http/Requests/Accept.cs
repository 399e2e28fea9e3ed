using System.Net.Http.Headers;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http.Requests;

/// <summary>Which of several forms of an answer a caller wants, by the weights and wildcards of RFC 9110.</summary>
internal static class Accept
{
    /// <param name="offered">Media types without parameters, the one that is given when nothing is asked for first.</param>
    public static Result<string> Choose(HttpHeadersCollection headers, params IReadOnlyList<string> offered)
    {
        // Sent twice it is one list.
        var header = headers.NonValidated.TryGetValues("Accept", out var values) ? string.Join(',', values) : "";
        if (header.AsSpan().Trim().IsEmpty) return offered[0];
        using var message = new HttpRequestMessage();
        if (!message.Headers.Accept.TryParseAdd(header))
        {
            return Problem.BadRequest(FieldError.OfHeader("Accept", "INVALID_VALUE", "Accept is a list of media types such as application/json, */*;q=0.1."));
        }

        // Of two that are wanted alike the one that was named more exactly; Order is stable.
        var best = offered.Select(type => (Type: type, Range: RangeFor(type, message.Headers.Accept)))
            .Where(form => form.Range is { Quality: not 0 })
            .OrderByDescending(form => form.Range!.Quality ?? 1)
            .ThenByDescending(form => Exactness(form.Range!))
            .Select(form => form.Type)
            .FirstOrDefault();
        return best is null ? Problem.NoAcceptableForm(offered) : best;
    }

    // The most exact range that covers the type says how much it is wanted.
    private static MediaTypeWithQualityHeaderValue? RangeFor(string type, IEnumerable<MediaTypeWithQualityHeaderValue> accepted) =>
        accepted.Where(range => Covers(range, type)).MaxBy(Exactness);

    private static bool Covers(MediaTypeWithQualityHeaderValue range, string type) => range.MediaType switch
    {
        "*/*" => true,
        { } group when group.EndsWith("/*", StringComparison.Ordinal) => type.StartsWith(group[..^1], StringComparison.OrdinalIgnoreCase),
        // With parameters of its own it is another form than ours.
        var exact => string.Equals(exact, type, StringComparison.OrdinalIgnoreCase) && range.Parameters.All(parameter => IsWeight(parameter) || IsUtf8(parameter)),
    };

    private static int Exactness(MediaTypeWithQualityHeaderValue range) => range.MediaType switch
    {
        "*/*" => 0,
        { } group when group.EndsWith("/*", StringComparison.Ordinal) => 1,
        _ => 2,
    };

    private static bool IsWeight(NameValueHeaderValue parameter) => string.Equals(parameter.Name, "q", StringComparison.OrdinalIgnoreCase);

    private static bool IsUtf8(NameValueHeaderValue parameter) =>
        string.Equals(parameter.Name, "charset", StringComparison.OrdinalIgnoreCase) && string.Equals(parameter.Value?.Trim('"'), "utf-8", StringComparison.OrdinalIgnoreCase);
}
