using System.Security.Cryptography;
using System.Text;
using EReferrals.Http;
using EReferrals.Referrals;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Intake;

/// <summary>The header <c>Idempotency-Key</c>: 1-128 visible ASCII characters that the sender never uses for another request.</summary>
public static class IdempotencyKey
{
    private const string Header = "Idempotency-Key";
    private const int MaxLength = 128;

    public static (string? Key, Problem? Problem) Of(HttpRequestData request)
    {
        var key = request.Header(Header);
        if (key is null) return (null, null);
        var isValid = key.Length is >= 1 and <= MaxLength && !key.AsSpan().ContainsAnyExceptInRange('!', '~');
        return isValid
            ? (key, null)
            : (null, Problem.BadRequest(new FieldError(Header, "INVALID_VALUE", $"The key has 1 to {MaxLength} visible ASCII characters.")));
    }

    public static Idempotency Hash(string key, byte[] body) =>
        new(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key))), Convert.ToHexStringLower(SHA256.HashData(body)));
}
