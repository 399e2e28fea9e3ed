using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using EReferrals.Security.Keys;

namespace EReferrals.Http.Paging;

/// <summary>
/// Signs and reads the cursors of one list: one kind of list, of one organisation, with one set of filters. The signature covers these as well as the
/// position, so a cursor is valid only unchanged and only for the list that issued it: an edited position, or that of another list, would silently skip
/// patients. Opaque to callers.
/// </summary>
internal sealed class Cursor
{
    /// <summary>The version of the cursor format: version, kind, id of the key, position, signature. Earlier formats were not signed.</summary>
    private const string Format = "3";

    /// <summary>The prefix of the first format of change-feed cursors, which did not identify their list.</summary>
    private const string FirstFormat = "c1";

    private const int MaxLength = 512;

    private readonly CursorKeys _keys;
    private readonly string _kind;
    private readonly string _list;

    private Cursor(CursorKeys keys, string kind, string list) => (_keys, _kind, _list) = (keys, kind, list);

    /// <param name="parts">What identifies the list; null where the caller made no choice.</param>
    public static Cursor Create(CursorKeys keys, string kind, params ReadOnlySpan<string?> parts)
    {
        var list = new StringBuilder();
        // With its length before it, no part can pass for two.
        foreach (var part in parts) list.Append(part?.Length ?? -1).Append(':').Append(part);
        return new Cursor(keys, kind, list.ToString());
    }

    /// <param name="place">The parts of the position. Each has at least one visible ASCII character and no spaces.</param>
    public string Encode(params ReadOnlySpan<string> place)
    {
        var key = _keys.Signing;
        var signed = $"{Format} {_kind} {key.Id} {string.Join(' ', place)}";
        return Base64Url.EncodeToString(Encoding.ASCII.GetBytes($"{signed} {Signature(key, signed)}"));
    }

    /// <summary>The parts of the position; null when this service did not write the text, or wrote it for another list, or has retired its key.</summary>
    public string[]? Decode(string text)
    {
        if (Plain(text) is not { } plain || plain.Split(' ') is not [Format, var kind, var id, .. var place, var signature] || kind != _kind) return null;
        if (_keys.Find(id) is not { } key) return null;
        var expected = Signature(key, plain[..^(signature.Length + 1)]);
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(signature), Encoding.ASCII.GetBytes(expected)) ? place : null;
    }

    /// <summary>
    /// Whether the text may be a cursor of this kind that was valid once: in the format of another release, or signed with a key that was retired. Its
    /// reader has to read the list from the start. Nothing else in it is trusted.
    /// </summary>
    public bool IsOutdated(string text) => Plain(text)?.Split(' ') switch
    {
        [FirstFormat, _, _, _] => _kind == "changes",
        [Format, var kind, var id, _, ..] => kind == _kind && DatedKey.IsId(id) && _keys.Find(id) is null,
        [var format, var kind, _, _, ..] => kind == _kind && format.Length <= 4 && format.All(char.IsAsciiDigit),
        _ => false,
    };

    private string Signature(DatedKey key, string signed) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(key.Secret, Encoding.UTF8.GetBytes($"{signed}\n{_list}")));

    // A text decodes only if it is written as it would be encoded, so that each cursor is one text.
    private static string? Plain(string text)
    {
        if (text.Length > MaxLength || !Base64Url.IsValid(text)) return null;
        var bytes = Base64Url.DecodeFromChars(text);
        if (bytes.AsSpan().ContainsAnyExceptInRange((byte)' ', (byte)'~') || Base64Url.EncodeToString(bytes) != text) return null;
        return Encoding.ASCII.GetString(bytes);
    }
}
