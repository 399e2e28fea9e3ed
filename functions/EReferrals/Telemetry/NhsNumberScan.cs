using System.Buffers;
using System.Text.RegularExpressions;
using EReferrals.Referrals.Values;

namespace EReferrals.Telemetry;

/// <summary>Finds NHS numbers in texts of callers that go into logs.</summary>
internal static partial class NhsNumberScan
{
    // The lengths of random ids that systems write in hexadecimal.
    private static readonly int[] LengthsOfIds = [16, 20, 24, 32, 40, 48, 64];

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>
    /// Whether the text contains a valid NHS number, also with percent-encoding or with separators. Ten digits inside a longer number, or inside what has the
    /// form of a random hexadecimal id, do not count.
    /// </summary>
    public static bool Finds(string text) => FindsIn(text) || FindsIn(Uri.UnescapeDataString(text));

    private static bool FindsIn(string text)
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
        if (text.AsSpan(start, end - start).ContainsAnyExcept(HexDigits)) return false;
        return LengthsOfIds.Contains(end - start) || Uuid().IsMatch(text.AsSpan(0, end));
    }

    // Either no separators or two: the parts of a UUID have at least four digits, so that two parts and half of a third are not taken for an NHS number.
    [GeneratedRegex("(?<![0-9])[0-9]{3}(?:[0-9]{3}|[^0-9A-Za-z]{1,3}[0-9]{3}[^0-9A-Za-z]{1,3})[0-9]{4}(?![0-9])")]
    private static partial Regex Ten();

    [GeneratedRegex("(?<![0-9A-Za-z])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")]
    private static partial Regex Uuid();
}
