using System.Globalization;
using System.Net.Http.Headers;
using EReferrals.Http.Requests;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http;

/// <summary>
/// The version of a referral or a service as an entity tag, such as <c>W/"7"</c>. A caller sends it as <c>If-Match</c> to change that version.
/// Resources that callers do not change with <c>If-Match</c> use the tags of <see cref="Representation"/>.
/// </summary>
public static class EntityTag
{
    public static string ForVersion(long version) => string.Create(CultureInfo.InvariantCulture, $"W/\"{version}\"");

    /// <summary>The version in <c>If-Match</c>, or the problem with the header. Only the form <c>W/"n"</c> is valid.</summary>
    public static Result<int> IfMatch(HttpRequestData request)
    {
        var header = request.Header("If-Match");
        if (header is null) return Problem.PreconditionRequired();
        return VersionIn(header) is { } version and <= int.MaxValue
            ? (int)version
            : Problem.BadRequest(FieldError.OfHeader("If-Match", "INVALID_VALUE", "If-Match must be one ETag of the form W/\"7\"."));
    }

    /// <summary>Whether <c>If-None-Match</c> contains this tag, by the weak comparison of RFC 9110.</summary>
    public static bool IsNoneMatch(HttpRequestData request, string tag)
    {
        var header = request.Header("If-None-Match");
        if (header is null) return false;
        // A single tag is the common case and needs no parsing.
        if (header == tag || header == "*") return true;
        return header.Split(',').Any(part =>
            EntityTagHeaderValue.TryParse(part.Trim(), out var candidate) && Opaque(candidate.ToString()) == Opaque(tag));
    }

    // Null when the tag is not one that ForVersion makes: W/"01" is another tag than W/"1".
    private static long? VersionIn(string tag) =>
        tag.Length > 4 && long.TryParse(tag.AsSpan(3, tag.Length - 4), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
        && tag == ForVersion(version) ? version : null;

    private static string Opaque(string tag) => tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag;
}
