using System.Security.Cryptography;
using System.Text;
using EReferrals.Referrals;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http.Requests;

/// <summary>The header <c>Idempotency-Key</c>: 1-128 visible ASCII characters, but for the comma, that the sender never uses for another request.</summary>
public static class IdempotencyKey
{
    private const string Header = "Idempotency-Key";
    private const int MaxLength = 128;

    /// <summary>The key was used before, for something else.</summary>
    public static Problem UsedOtherwise { get; } = Problem.NotAcceptable(
        FieldError.OfHeader(Header, "CONFLICTING_VALUES", "This key was used for another request. A new request needs a new key."));

    /// <summary>Null when the request has no key.</summary>
    public static Result<string?> From(HttpRequestData request)
    {
        var key = request.Header(Header);
        var isValid = key is null || (key.Length is >= 1 and <= MaxLength && !key.AsSpan().ContainsAnyExceptInRange('!', '~'));
        return isValid
            ? key
            : Problem.BadRequest(FieldError.OfHeader(Header, "INVALID_VALUE", $"The key has 1 to {MaxLength} visible ASCII characters and no comma."));
    }

    /// <summary>The key of this request: the same body elsewhere is another request.</summary>
    public static Idempotency Hash(string key, HttpRequestData request, params ReadOnlySpan<byte> body)
    {
        var operation = OperationOf(request);
        return Hash(key, [.. operation, 0, .. body]) with { OperationHash = HexOf(operation) };
    }

    public static Idempotency Hash(string key, byte[] content) => new(HexOf(Encoding.ASCII.GetBytes(key)), HexOf(content));

    /// <summary>Of a submission, as <see cref="Idempotency.FormerBodyHash"/> says.</summary>
    public static string FormerBodyHash(ReadOnlySpan<byte> body) => HexOf(body);

    /// <summary>Of a command, as <see cref="Idempotency.FormerBodyHash"/> says: with its path as it was sent.</summary>
    public static string FormerBodyHash(HttpRequestData request, ReadOnlySpan<byte> body) => HexOf([.. Encoding.UTF8.GetBytes(request.Url.AbsolutePath), 0, .. body]);

    // Routes match in any case of letters.
    private static byte[] OperationOf(HttpRequestData request) =>
        Encoding.UTF8.GetBytes($"{request.Method.ToUpperInvariant()} {request.Url.AbsolutePath.TrimEnd('/').ToLowerInvariant()}");

    private static string HexOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
