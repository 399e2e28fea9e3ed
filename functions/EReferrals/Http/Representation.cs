using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EReferrals.Http.Requests;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http;

/// <summary>
/// The entity tags of one representation: one caller's view of one list or resource, in one format, with one set of filters. Two representations
/// never share a tag. Otherwise a client or a cache that looks only at the URL could get 304 for content that it never read. Opaque to callers.
/// </summary>
internal sealed class Representation
{
    private readonly string _start;

    private Representation(string start) => _start = start;

    /// <param name="parts">What identifies the representation. No part contains a line break; null where the caller made no choice.</param>
    public static Representation Create(params ReadOnlySpan<string?> parts)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts)));
        return new Representation($"W/\"{Convert.ToHexStringLower(hash.AsSpan(0, 10))}-");
    }

    public string TagAt(long version) => string.Create(CultureInfo.InvariantCulture, $"{_start}{version}\"");

    /// <summary>The greatest version of this representation in <c>If-None-Match</c>; 0 when the header names none.</summary>
    public long NewestKnown(HttpRequestData request) =>
        request.Header("If-None-Match") is { } header ? header.Split(',').Max(tag => VersionIn(tag.Trim())) : 0;

    private long VersionIn(string tag) =>
        tag.Length > _start.Length
        && long.TryParse(tag.AsSpan(_start.Length, tag.Length - _start.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
        && tag == TagAt(version)
            ? version
            : 0;
}
