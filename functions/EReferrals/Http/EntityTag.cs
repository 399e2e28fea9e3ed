using System.Globalization;
using System.Net.Http.Headers;
using EReferrals.Http.Requests;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http;

/// <summary>
/// Versions as entity tags, <c>W/"7"</c>: of a referral and of a service, whose commands are decided on a version. What nobody changes by
/// <c>If-Match</c> has the tag of a <see cref="Representation"/>.
/// </summary>
public static class EntityTag
{
    public static string ForVersion(long version) => string.Create(CultureInfo.InvariantCulture, $"W/\"{version}\"");

    /// <summary>The version that <c>If-Match</c> asks for, or the problem with it. Only the form <c>W/"n"</c> is taken.</summary>
    public static Result<int> IfMatch(HttpRequestData request)
    {
        var header = request.Header("If-Match");
        if (header is null) return Problem.PreconditionRequired();
        return VersionIn(header) is { } version and <= int.MaxValue
            ? (int)version
            : Problem.BadRequest(FieldError.OfHeader("If-Match", "INVALID_VALUE", "If-Match is one ETag of the form W/\"7\"."));
    }

    /// <summary>Whether <c>If-None-Match</c> names this tag, compared weakly as RFC 9110 wants it.</summary>
    public static bool IsNoneMatch(HttpRequestData request, string tag)
    {
        var header = request.Header("If-None-Match");
        if (header is null) return false;
        // One tag, the common case, costs no parsing.
        if (header == tag || header == "*") return true;
        return header.Split(',').Any(part =>
            EntityTagHeaderValue.TryParse(part.Trim(), out var candidate) && Opaque(candidate.ToString()) == Opaque(tag));
    }

    // Null when it is not of the form W/"n".
    private static long? VersionIn(string tag) =>
        tag.Length > 4 && tag.StartsWith("W/\"", StringComparison.Ordinal) && tag[^1] == '"'
        && long.TryParse(tag.AsSpan(3, tag.Length - 4), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;

    private static string Opaque(string tag) => tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag;
}
