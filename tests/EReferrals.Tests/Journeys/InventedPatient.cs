using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EReferrals.Tests.Journeys;

/// <summary>Creates NHS numbers of the range that is never issued, so that the referrals of a run are not all of one patient.</summary>
internal static class InventedPatient
{
    private const int Numbers = 1_000_000;

    private static int _last;

    /// <summary>Returns a new number at each call.</summary>
    public static string NhsNumber()
    {
        while (true)
        {
            if (Valid(Interlocked.Increment(ref _last)) is { } text) return text;
        }
    }

    /// <summary>Returns the same number for the same text, because a sender that retries means the same patient.</summary>
    public static string NhsNumber(string text)
    {
        for (var number = (int)(BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(text))) % Numbers); ; number++)
        {
            if (Valid(number) is { } valid) return valid;
        }
    }

    // Returns null for the one number in eleven that has no check digit.
    private static string? Valid(int number) => Enumerable.Range(0, 10)
        .Select(check => string.Create(CultureInfo.InvariantCulture, $"999{number % Numbers:D6}{check}"))
        .FirstOrDefault(text => EReferrals.Referrals.Values.NhsNumber.TryParse(text, out _));
}
