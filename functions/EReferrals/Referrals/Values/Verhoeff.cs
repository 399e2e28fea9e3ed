namespace EReferrals.Referrals.Values;

/// <summary>
/// The Verhoeff check digit of SNOMED CT identifiers and of the UBRNs of this service. It detects every single wrong digit and every swap of
/// two adjacent digits.
/// </summary>
public static class Verhoeff
{
    // The dihedral group D5: the product of a and b is Product[10a + b].
    private static ReadOnlySpan<byte> Product =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
        1, 2, 3, 4, 0, 6, 7, 8, 9, 5,
        2, 3, 4, 0, 1, 7, 8, 9, 5, 6,
        3, 4, 0, 1, 2, 8, 9, 5, 6, 7,
        4, 0, 1, 2, 3, 9, 5, 6, 7, 8,
        5, 9, 8, 7, 6, 0, 4, 3, 2, 1,
        6, 5, 9, 8, 7, 1, 0, 4, 3, 2,
        7, 6, 5, 9, 8, 2, 1, 0, 4, 3,
        8, 7, 6, 5, 9, 3, 2, 1, 0, 4,
        9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
    ];

    // Row i is the permutation applied to the digit at position i from the right, modulo 8.
    private static ReadOnlySpan<byte> Permutation =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
        1, 5, 7, 6, 2, 8, 3, 0, 9, 4,
        5, 8, 0, 3, 7, 9, 6, 1, 4, 2,
        8, 9, 1, 6, 0, 4, 3, 5, 2, 7,
        9, 4, 5, 3, 1, 2, 6, 8, 7, 0,
        4, 2, 8, 6, 5, 7, 3, 9, 0, 1,
        2, 7, 9, 3, 8, 0, 6, 4, 1, 5,
        7, 0, 4, 6, 9, 1, 3, 2, 5, 8,
    ];

    private static ReadOnlySpan<byte> Inverse => [0, 4, 3, 2, 1, 5, 6, 7, 8, 9];

    public static bool IsValid(ReadOnlySpan<char> digits) => digits.Length > 1 && Checksum(digits, firstPosition: 0) == 0;

    public static char CheckDigit(ReadOnlySpan<char> digits) => (char)('0' + Inverse[Checksum(digits, firstPosition: 1)]);

    private static int Checksum(ReadOnlySpan<char> digits, int firstPosition)
    {
        var checksum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[digits.Length - 1 - i] - '0';
            if (digit is < 0 or > 9) throw new ArgumentException("Only digits have a Verhoeff check digit.", nameof(digits));
            checksum = Product[(10 * checksum) + Permutation[(10 * ((i + firstPosition) % 8)) + digit]];
        }

        return checksum;
    }
}
