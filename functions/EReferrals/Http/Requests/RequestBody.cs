using System.Globalization;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http.Requests;

/// <summary>
/// The bytes of a request. The platform hands a function a body only when its length was announced: one that came in pieces is there for nobody, and
/// is never taken for an empty one.
/// </summary>
internal static class RequestBody
{
    /// <param name="limit">Bytes.</param>
    public static async Task<Result<byte[]>> ReadAsync(HttpRequestData request, int limit, CancellationToken cancellationToken)
    {
        if (Refuse(request, limit, out var length) is { } problem) return problem;
        // Memory of the announced length: nothing is cleared, grown or copied for it.
        var body = GC.AllocateUninitializedArray<byte>(length);
        var read = await request.Body.ReadAtLeastAsync(body, length, throwOnEndOfStream: false, cancellationToken);
        if (read == 0 && length > 0) return Problem.LengthRequired();
        if (read < length) return Problem.CutShort(length, read);
        return await request.Body.ReadAsync(new byte[1], cancellationToken) == 0 ? body : Problem.TooLarge(limit);
    }

    /// <summary>What can be said against a body before it is read; null when it can be read.</summary>
    public static Problem? Refuse(HttpRequestData request, int limit) => Refuse(request, limit, out _);

    private static Problem? Refuse(HttpRequestData request, int limit, out int length)
    {
        length = 0;
        if (!long.TryParse(request.Header("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var announced)) return Problem.LengthRequired();
        if (announced > limit) return Problem.TooLarge(limit);
        length = (int)announced;
        return request.Header("Content-Encoding")?.Trim() is { Length: > 0 } encoding && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)
            ? Problem.UnsupportedEncoding()
            : null;
    }
}
