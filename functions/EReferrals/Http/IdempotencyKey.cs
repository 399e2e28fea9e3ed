using System.Security.Cryptography;
using System.Text;
using EReferrals.Referrals;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http;

/// <summary>The header <c>Idempotency-Key</c>: 1-128 visible ASCII characters, but for the comma, that the sender never uses for another request.</summary>
public static class IdempotencyKey
{
    private const string Header = "Idempotency-Key";
    private const int MaxLength = 128;

    /// <summary>The key was used before, for something else.</summary>
    public static Problem UsedOtherwise { get; } = Problem.NotAcceptable(
        FieldError.OfHeader(Header, "CONFLICTING_VALUES", "This key was used for another request. A new request needs a new key."));

    public static (string? Key, Problem? Problem) Of(HttpRequestData request)
    {
        var key = request.Header(Header);
        if (key is null) return (null, null);
        var isValid = key.Length is >= 1 and <= MaxLength && !key.AsSpan().ContainsAnyExceptInRange('!', '~');
        return isValid
            ? (key, null)
            : (null, Problem.BadRequest(FieldError.OfHeader(Header, "INVALID_VALUE", $"The key has 1 to {MaxLength} visible ASCII characters and no comma.")));
    }

    public static Idempotency Hash(string key, byte[] body) =>
        new(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(key))), Convert.ToHexStringLower(SHA256.HashData(body)));

    /// <summary>For requests that say in the path what they ask: the same body elsewhere is another request.</summary>
    public static Idempotency Hash(string key, string path, byte[] body) => Hash(key, [.. Encoding.UTF8.GetBytes(path), 0, .. body]);
}
