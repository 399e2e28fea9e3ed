using System.Text.RegularExpressions;
using EReferrals.Referrals.Values;

namespace EReferrals.Telemetry;

/// <summary>Finds NHS numbers in texts of callers that go into logs.</summary>
internal static partial class NhsNumberScan
{
    /// <summary>
    /// Whether the text contains a valid NHS number that stands by itself. Ten digits inside a longer number or between hexadecimal letters do not count,
    /// because random ids contain them.
    /// </summary>
    public static bool Finds(string text)
    {
        for (var match = Ten().Match(text); match.Success; match = Ten().Match(text, match.Index + 1))
        {
            if (NhsNumber.TryParse(match.Value, out _)) return true;
        }

        return false;
    }

    [GeneratedRegex(@"(?<![0-9A-Fa-f])[0-9]{3}([ -]?)[0-9]{3}\1[0-9]{4}(?![0-9A-Fa-f])")]
    private static partial Regex Ten();
}
