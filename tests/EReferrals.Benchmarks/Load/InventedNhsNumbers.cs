using System.Globalization;

namespace EReferrals.Benchmarks.Load;

/// <summary>Returns consecutive NHS numbers of the range that is never issued, so that the referrals of a run are not all of one patient.</summary>
internal static class InventedNhsNumbers
{
    private static int _last = Random.Shared.Next(1_000_000);

    public static string Next()
    {
        while (true)
        {
            var digits = string.Create(CultureInfo.InvariantCulture, $"999{(uint)Interlocked.Increment(ref _last) % 1_000_000:D6}");
            var sum = 0;
            for (var at = 0; at < 9; at++) sum += (digits[at] - '0') * (10 - at);
            var check = (11 - (sum % 11)) % 11;
            // A check digit of 10 is invalid, so that the number is skipped.
            if (check < 10) return digits + check.ToString(CultureInfo.InvariantCulture);
        }
    }
}
