using System.Globalization;
using System.Text.RegularExpressions;

namespace EReferrals.Ers.Fhir;

/// <summary>A referral and its version, as a request names them.</summary>
internal readonly partial record struct ReferralVersion(string Ubrn, int Version)
{
    /// <summary>Null unless the reference is <c>ReferralRequest/{ubrn}/_history/{version}</c>.</summary>
    public static ReferralVersion? From(string reference) => Reference().Match(reference) is { Success: true } match
        ? new ReferralVersion(match.Groups["ubrn"].Value, int.Parse(match.Groups["version"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture))
        : null;

    [GeneratedRegex(@"\AReferralRequest/(?<ubrn>[0-9]{12})/_history/(?<version>0|[1-9][0-9]{0,8})\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Reference();
}
