using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EReferrals.Http.Paging;
using EReferrals.Security.Keys;

namespace EReferrals.Http;

/// <summary>
/// The entity tags of one representation: one caller's view of one list or resource, in one format, with one set of filters. Two representations
/// never share a tag. Otherwise a client or a cache that looks only at the URL could get 304 for content that it never read. Opaque to callers.
/// </summary>
internal sealed class Representation
{
    // More tags than a client keeps of one list cost more than they are worth.
    private const int MostTags = 8;

    private readonly string _parts;
    private readonly CursorKeys? _keys;

    private Representation(string parts, CursorKeys? keys) => (_parts, _keys) = (parts, keys);

    /// <param name="parts">What identifies the representation. No part contains a line break; null where the caller made no choice.</param>
    public static Representation Create(params ReadOnlySpan<string?> parts) => new(string.Join('\n', parts), keys: null);

    /// <summary>A representation whose tags are signed, so that a caller can only name versions that it was shown.</summary>
    /// <param name="parts">As for <see cref="Create"/>.</param>
    public static Representation Signed(CursorKeys keys, params ReadOnlySpan<string?> parts) => new(string.Join('\n', parts), keys);

    public string TagAt(long version) => Tag(version, _keys?.Signing);

    /// <summary>The greatest version in <c>If-None-Match</c> that a caller of this representation was shown; 0 without one, or without signatures.</summary>
    public long NewestKnown(string? ifNoneMatch) =>
        ifNoneMatch is null ? 0 : ifNoneMatch.Split(',', MostTags + 1).Take(MostTags).Max(tag => VersionIn(tag.Trim()));

    private long VersionIn(string tag)
    {
        var text = tag.AsSpan(tag.LastIndexOf('-') + 1).TrimEnd('"');
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)) return 0;
        return _keys is not null && _keys.All.Any(key => tag == Tag(version, key)) ? version : 0;
    }

    private string Tag(long version, DatedKey? key)
    {
        var content = Encoding.UTF8.GetBytes(key is null ? _parts : string.Create(CultureInfo.InvariantCulture, $"tag\n{_parts}\n{version}"));
        var hash = key is null ? SHA256.HashData(content) : HMACSHA256.HashData(key.Secret, content);
        return string.Create(CultureInfo.InvariantCulture, $"W/\"{Convert.ToHexStringLower(hash.AsSpan(0, 10))}-{version}\"");
    }
}
