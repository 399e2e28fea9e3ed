using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace EReferrals.Http.Requests;

/// <summary>
/// Encodes and decodes the cursors of one list: one kind of list, of one organisation, with one set of filters. A cursor is valid only for the list
/// that issued it: a position in one list, used in another, would silently skip patients. Opaque to callers.
/// </summary>
internal sealed class Cursor
{
    /// <summary>The version of the cursor format. A cursor of another version cannot be decoded.</summary>
    private const string Format = "2";

    /// <summary>The prefix of the first format of change-feed cursors, which did not identify their list.</summary>
    private const string FirstFormat = "c1";

    private const int MaxLength = 512;

    private readonly string _kind;
    private readonly string _start;

    private Cursor(string kind, string start) => (_kind, _start) = (kind, start);

    /// <param name="parts">What identifies the list. No part contains a line break; null where the caller made no choice.</param>
    public static Cursor Create(string kind, params ReadOnlySpan<string?> parts)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts)));
        return new Cursor(kind, $"{Format} {kind} {Convert.ToHexStringLower(hash.AsSpan(0, 8))}");
    }

    /// <param name="place">The parts of the position. Each has at least one visible ASCII character and no spaces.</param>
    public string Encode(params ReadOnlySpan<string> place) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes($"{_start} {string.Join(' ', place)}"));

    /// <summary>The parts of the position; null when the text is not a cursor or belongs to another list.</summary>
    public string[]? Decode(string text) =>
        Plain(text) is { } plain && plain.StartsWith(_start + ' ', StringComparison.Ordinal) ? plain[(_start.Length + 1)..].Split(' ') : null;

    /// <summary>Whether the text is a cursor of this kind in the format of another release. Its reader has to read the list from the start.</summary>
    public bool IsOfOtherFormat(string text) => Plain(text)?.Split(' ') switch
    {
        [FirstFormat, _, _, _] => _kind == "changes",
        [var format, var kind, _, _, ..] => kind == _kind && format != Format && format.Length <= 4 && format.All(char.IsAsciiDigit),
        _ => false,
    };

    private static string? Plain(string text)
    {
        if (text.Length > MaxLength || !Base64Url.IsValid(text)) return null;
        var plain = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(text));
        return plain.AsSpan().ContainsAnyExceptInRange(' ', '~') ? null : plain;
    }
}
