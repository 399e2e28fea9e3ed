using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EReferrals.Referrals;

namespace EReferrals.Tests.Journeys;

/// <summary>NHS numbers of the range that is never issued, so that the referrals of a run are not all of one patient.</summary>
internal static class InventedPatient
{
    private const int Numbers = 1_000_000;

    private static int _last;

    /// <summary>Another each time.</summary>
    public static string NhsNumber() => From(Interlocked.Increment(ref _last));

    /// <summary>The same for the same text, as a sender who repeats itself means the same patient.</summary>
    public static string NhsNumber(string text) => From((int)(BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(text))) % Numbers));

    // One in eleven has no check digit.
    private static string From(int start)
    {
        for (var number = start; ; number++)
        {
            for (var check = 0; check < 10; check++)
            {
                var text = string.Create(CultureInfo.InvariantCulture, $"999{number % Numbers:D6}{check}");
                if (EReferrals.Referrals.NhsNumber.TryParse(text, out _)) return text;
            }
        }
    }
}
