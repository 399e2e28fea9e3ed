using System.Buffers;
using System.Text.RegularExpressions;
using EReferrals.Referrals.Values;

namespace EReferrals.Telemetry;

/// <summary>Finds NHS numbers in texts of callers that go into logs.</summary>
internal static partial class NhsNumberScan
{
    // The lengths of random ids, or of their parts, that systems write in hexadecimal.
    private static readonly int[] LengthsOfIds = [12, 16, 20, 24, 32, 40, 48, 64];

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>
    /// Whether the text contains a valid NHS number. Ten digits inside a longer number, or inside what has the form of a random hexadecimal id, do not count.
    /// </summary>
    public static bool Finds(string text)
    {
        for (var match = Ten().Match(text); match.Success; match = Ten().Match(text, match.Index + 1))
        {
            if (NhsNumber.TryParse(string.Concat(match.Value.Where(char.IsAsciiDigit)), out _) && !IsInRandomId(text, match)) return true;
        }

        return false;
    }

    // Only digits without separators can be part of one: a word of hexadecimal digits, with a letter.
    private static bool IsInRandomId(string text, Match ten)
    {
        if (ten.Length != 10) return false;
        var (start, end) = (ten.Index, ten.Index + ten.Length);
        while (start > 0 && char.IsAsciiLetterOrDigit(text[start - 1])) start--;
        while (end < text.Length && char.IsAsciiLetterOrDigit(text[end])) end++;
        return LengthsOfIds.Contains(end - start) && !text.AsSpan(start, end - start).ContainsAnyExcept(HexDigits);
    }

    [GeneratedRegex(@"(?<![0-9])[0-9]{3}([ ._:/-]?)[0-9]{3}\1[0-9]{4}(?![0-9])")]
    private static partial Regex Ten();
}
