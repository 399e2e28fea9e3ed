using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace EReferrals.Http.Requests;

/// <summary>
/// What the cursors of one reading belong to: the kind of the reading, whose list it is, with which filters. A cursor leads back to its place
/// there, and is none anywhere else: a place in one list, used in another, would skip patients without a word. Opaque to callers.
/// </summary>
internal sealed class Cursor
{
    /// <summary>Of this layout. A cursor of another release of this service is not understood.</summary>
    private const string Format = "2";

    /// <summary>How a place in the change feed began before cursors said what they belong to.</summary>
    private const string FirstFormat = "c1";

    private const int MaxLength = 512;

    private readonly string _kind;
    private readonly string _start;

    private Cursor(string kind, string start) => (_kind, _start) = (kind, start);

    /// <param name="parts">Each without a line break; null where the caller has not chosen.</param>
    public static Cursor Create(string kind, params ReadOnlySpan<string?> parts)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts)));
        return new Cursor(kind, $"{Format} {kind} {Convert.ToHexStringLower(hash.AsSpan(0, 8))}");
    }

    /// <param name="place">Each at least one visible ASCII character, without spaces.</param>
    public string Encode(params ReadOnlySpan<string> place) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes($"{_start} {string.Join(' ', place)}"));

    /// <summary>Null when this is no cursor, or one that belongs elsewhere.</summary>
    public string[]? Decode(string text) =>
        Plain(text) is { } plain && plain.StartsWith(_start + ' ', StringComparison.Ordinal) ? plain[(_start.Length + 1)..].Split(' ') : null;

    /// <summary>A cursor of this kind that was given out by another release: its reader has to begin anew.</summary>
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
