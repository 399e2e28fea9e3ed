using System.Buffers.Text;
using System.Security.Cryptography;
using EReferrals.Referrals.Values;
using EReferrals.Security.Keys;

namespace EReferrals.Audit.Contents;

/// <summary>
/// The digest of a UBRN: the first 72 bits of its HMAC-SHA-256, in Base64 for URLs. So few suffice, because a search that meets a million million digests
/// finds a wrong one with a probability below one in a thousand million.
/// </summary>
internal static class UbrnDigest
{
    /// <summary>Characters.</summary>
    public const int Length = 12;

    private const int Bytes = 9;

    public static string Of(Ubrn ubrn, DatedKey key) => string.Create(Length, (ubrn, key), (text, of) => Write(of.ubrn.ToString(), of.key, text));

    /// <param name="ubrn">The 12 digits.</param>
    /// <param name="to">Twelve characters.</param>
    public static void Write(ReadOnlySpan<char> ubrn, DatedKey key, Span<char> to)
    {
        Span<byte> digits = stackalloc byte[Ubrn.Length];
        for (var at = 0; at < digits.Length; at++) digits[at] = (byte)ubrn[at];
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key.Secret, digits, hash);
        Base64Url.EncodeToChars(hash[..Bytes], to);
    }
}
