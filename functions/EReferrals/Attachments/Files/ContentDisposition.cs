using System.Globalization;
using System.Text;

namespace EReferrals.Attachments.Files;

/// <summary>
/// Makes the <c>Content-Disposition</c> header of a download (RFC 6266), with the file name in ASCII for old clients and in UTF-8 (RFC 8187) for all
/// others. It is always <c>attachment</c>, because an uploaded file must not run as a page of this site.
/// </summary>
public static class ContentDisposition
{
    // attr-char of RFC 8187, without letters and digits.
    private const string Plain = "!#$&+-.^_`|~";

    public static string From(string fileName) => From(AsciiFallback(fileName), fileName);

    /// <summary>The same, as NHS e-RS writes it: old clients get a name that is not ASCII as an encoded word (RFC 2047).</summary>
    public static string WithEncodedWord(string fileName) => Ascii.IsValid(fileName) ? From(fileName) : From(EncodedWord(fileName), fileName);

    private static string From(string oldName, string fileName) => $"attachment; filename=\"{oldName}\"; filename*=UTF-8''{Encoded(fileName, '%', Plain)}";

    // Replaces each character, not each code unit, with one underscore. A percent sign too, because some clients would decode it.
    private static string AsciiFallback(string fileName)
    {
        var ascii = new StringBuilder(fileName.Length);
        foreach (var rune in fileName.EnumerateRunes())
        {
            ascii.Append(rune.Value is >= ' ' and < 0x7F and not ('"' or '\\' or '%') ? (char)rune.Value : '_');
        }

        return ascii.ToString();
    }

    private static string EncodedWord(string fileName) => $"=?UTF-8?Q?{Encoded(fileName, '=', ".-")}?=";

    private static string Encoded(string fileName, char mark, string plain)
    {
        var encoded = new StringBuilder(fileName.Length);
        foreach (var value in Encoding.UTF8.GetBytes(fileName))
        {
            var character = (char)value;
            if (char.IsAsciiLetterOrDigit(character) || plain.Contains(character, StringComparison.Ordinal)) encoded.Append(character);
            else encoded.Append(CultureInfo.InvariantCulture, $"{mark}{value:X2}");
        }

        return encoded.ToString();
    }
}
