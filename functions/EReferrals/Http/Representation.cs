using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EReferrals.Http.Requests;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http;

/// <summary>
/// What an entity tag stands for: whose, which list or resource, in which form, with which filters. Two of them never have a tag in common, so
/// that a client or a cache that knows an address by its URL alone is not told that it has what it never read. Opaque to callers.
/// </summary>
internal sealed class Representation
{
    private readonly string _start;

    private Representation(string start) => _start = start;

    /// <param name="parts">Each without a line break; null where the caller has not chosen.</param>
    public static Representation Create(params ReadOnlySpan<string?> parts)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts)));
        return new Representation($"W/\"{Convert.ToHexStringLower(hash.AsSpan(0, 10))}-");
    }

    public string TagAt(long version) => string.Create(CultureInfo.InvariantCulture, $"{_start}{version}\"");

    /// <summary>The greatest version of this that <c>If-None-Match</c> names; 0 when it names none.</summary>
    public long NewestKnown(HttpRequestData request) =>
        request.Header("If-None-Match") is { } header ? header.Split(',').Max(tag => VersionIn(tag.Trim())) : 0;

    private long VersionIn(string tag) =>
        tag.StartsWith(_start, StringComparison.Ordinal) && tag[^1] == '"'
        && long.TryParse(tag.AsSpan(_start.Length, tag.Length - _start.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : 0;
}
