using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EReferrals.Soak;

/// <summary>Of the range that is never issued: the same for the same key, as a repeat means the same patient.</summary>
internal static class InventedNhsNumber
{
    public static string Of(string key)
    {
        for (var number = BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(key))) % 1_000_000; ; number++)
        {
            var digits = string.Create(CultureInfo.InvariantCulture, $"999{number % 1_000_000:D6}");
            var sum = 0;
            for (var at = 0; at < 9; at++) sum += (digits[at] - '0') * (10 - at);
            var check = (11 - (sum % 11)) % 11;
            // 10 fits no digit.
            if (check < 10) return digits + check.ToString(CultureInfo.InvariantCulture);
        }
    }
}
