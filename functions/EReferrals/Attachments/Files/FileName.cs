using System.Globalization;
using System.Text;
using EReferrals.Referrals.Values;

namespace EReferrals.Attachments.Files;

/// <summary>The name of a file as the header carries it: as it is, or as percent-encoded UTF-8.</summary>
public static class FileName
{
    /// <summary>UTF-16 code units.</summary>
    public const int MaxLength = 255;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The name without percent-encoding; null when the encoding is broken. A percent sign of the name itself is <c>%25</c>.</summary>
    public static string? Decode(string header)
    {
        var bytes = new List<byte>(header.Length);
        try
        {
            for (var at = 0; at < header.Length;)
            {
                if (header[at] == '%')
                {
                    if (!byte.TryParse(header.AsSpan(at + 1, Math.Min(2, header.Length - at - 1)), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
                        || header.Length - at < 3)
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
            // Not UTF-8 (DecoderFallbackException), or half a surrogate pair (EncoderFallbackException).
            return null;
        }
    }

    /// <summary>What is wrong with a decoded name; null when nothing is.</summary>
    public static string? Fault(string name) => name switch
    {
        _ when BlankText.Is(StemOf(name)) => "The file name is blank.",
        { Length: > MaxLength } => $"A file name has at most {MaxLength} characters.",
        "." or ".." => "'.' and '..' are no file names.",
        _ when name.AsSpan().ContainsAny('/', '\\') => "A file name holds no path separators.",
        _ when name.Any(IsInvisible) => "A file name holds no control characters.",
        _ => null,
    };

    // ".pdf" alone is a name of nothing.
    private static string StemOf(string name) => name.LastIndexOf('.') is >= 0 and var dot ? name[..dot] : name;

    // Marks that turn the writing direction can make "fdp.exe" look like "exe.pdf".
    private static bool IsInvisible(char character) => char.IsControl(character)
        || character is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
