using System.Security.Cryptography;
using System.Text;
using EReferrals.Referrals;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http.Requests;

/// <summary>The header <c>Idempotency-Key</c>: 1 to 128 visible ASCII characters except the comma. The sender uses a key for one request only.</summary>
public static class IdempotencyKey
{
    private const string Header = "Idempotency-Key";
    private const int MaxLength = 128;

    /// <summary>The key was already used for a different request.</summary>
    public static Problem UsedOtherwise { get; } = Problem.NotAcceptable(
        FieldError.OfHeader(Header, "CONFLICTING_VALUES", "This key was already used for a different request. Send a new request with a new key."));

    /// <summary>The key of a request; null when the request has none.</summary>
    public static Result<string?> From(HttpRequestData request)
    {
        var key = request.Header(Header);
        var isValid = key is null || (key.Length is >= 1 and <= MaxLength && !key.AsSpan().ContainsAnyExceptInRange('!', '~'));
        if (isValid) return key;
        var message = $"The key must have 1 to {MaxLength} visible ASCII characters and no comma.";
        return Problem.BadRequest(FieldError.OfHeader(Header, "INVALID_VALUE", message));
    }

    /// <summary>The hashes of the key and of the request. The same body sent to another address is a different request.</summary>
    public static Idempotency Hash(string key, HttpRequestData request, params ReadOnlySpan<byte> body)
    {
        var operation = OperationOf(request);
        return Hash(key, [.. operation, 0, .. body]) with { OperationHash = HexOf(operation) };
    }

    public static Idempotency Hash(string key, byte[] content) => new(HexOf(Encoding.ASCII.GetBytes(key)), HexOf(content));

    /// <summary>The body hash of a submission in the format of the previous release; see <see cref="Idempotency.FormerBodyHash"/>.</summary>
    public static string FormerBodyHash(ReadOnlySpan<byte> body) => HexOf(body);

    /// <summary>
    /// The hash of a command's path, as sent, and its body in the format of the previous release; see <see cref="Idempotency.FormerBodyHash"/>.
    /// </summary>
    public static string FormerBodyHash(HttpRequestData request, ReadOnlySpan<byte> body) =>
        HexOf([.. Encoding.UTF8.GetBytes(request.Url.AbsolutePath), 0, .. body]);

    // Routes are not case-sensitive.
    private static byte[] OperationOf(HttpRequestData request) =>
        Encoding.UTF8.GetBytes($"{request.Method.ToUpperInvariant()} {request.Url.AbsolutePath.TrimEnd('/').ToLowerInvariant()}");

    private static string HexOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
