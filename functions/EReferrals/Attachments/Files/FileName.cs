using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EReferrals.Referrals.Values;

namespace EReferrals.Attachments.Files;

/// <summary>Reads and checks the file name in the upload header, which may be percent-encoded UTF-8.</summary>
public static partial class FileName
{
    /// <summary>UTF-16 code units.</summary>
    public const int MaxLength = 255;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Returns the name without percent-encoding; null when the encoding is invalid. A percent sign in the name itself is <c>%25</c>.</summary>
    public static string? Decode(string header)
    {
        var bytes = new List<byte>(header.Length);
        try
        {
            for (var at = 0; at < header.Length;)
            {
                if (header[at] == '%')
                {
                    var hex = header.AsSpan(at + 1, Math.Min(2, header.Length - at - 1));
                    if (hex.Length < 2 || !byte.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
                    {
                        return null;
                    }

                    bytes.Add(value);
                    at += 3;
                }
                else
                {
                    var length = char.IsHighSurrogate(header[at]) && at + 1 < header.Length ? 2 : 1;
                    bytes.AddRange(Strict.GetBytes(header.Substring(at, length)));
                    at += length;
                }
            }

            return Strict.GetString([.. bytes]);
        }
        catch (ArgumentException)
        {
            // The bytes are not UTF-8 (DecoderFallbackException), or a surrogate is unpaired (EncoderFallbackException).
            return null;
        }
    }

    /// <summary>
    /// The same for clients of NHS e-RS, which may send the original name: a percent sign that no two hexadecimal digits follow stands for itself.
    /// </summary>
    public static string? DecodeOriginal(string header) => Decode(LonePercent().Replace(header, "%25"));

    /// <summary>
    /// Returns the name without invisible characters and marks of the writing direction, with which different names look the same. Those that reverse
    /// the direction stay: <see cref="Fault"/> refuses them.
    /// </summary>
    public static string Visible(string name)
    {
        var visible = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            if (!IsUnseen(rune) || (rune.IsBmp && IsInvisible((char)rune.Value))) visible.Append(rune);
        }

        return visible.ToString();
    }

    /// <summary>Returns what is wrong with a decoded name; null when it is valid.</summary>
    public static string? Fault(string name) => name switch
    {
        _ when BlankText.Is(StemOf(name)) => "The file name is blank.",
        { Length: > MaxLength } => $"A file name must have at most {MaxLength} characters.",
        "." or ".." => "'.' and '..' are not valid file names.",
        _ when name.AsSpan().ContainsAny('/', '\\') => "A file name must not contain path separators.",
        _ when name.Any(IsInvisible) => "A file name must not contain control characters.",
        _ => null,
    };

    // An extension alone, such as ".pdf", counts as blank.
    private static string StemOf(string name) => name.LastIndexOf('.') is >= 0 and var dot ? name[..dot] : name;

    // The fillers, the joiner, the variation selectors and the blank Braille pattern are letters, marks and symbols in Unicode, but have no shape.
    private static bool IsUnseen(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format
        || rune.Value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x2800 or 0x3164 or 0xFFA0
            or (>= 0x180B and <= 0x180F) or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0000 and <= 0xE0FFF);

    // Characters that change the writing direction can make "fdp.exe" look like "exe.pdf".
    private static bool IsInvisible(char character) => char.IsControl(character)
        || character is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    [GeneratedRegex("%(?![0-9A-Fa-f]{2})")]
    private static partial Regex LonePercent();
}
