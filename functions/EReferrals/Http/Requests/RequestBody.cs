using System.Globalization;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http.Requests;

/// <summary>
/// Reads the bytes of a request body. The platform passes a body to a function only when the request has Content-Length. A chunked body does not reach
/// the function, so it is refused rather than treated as empty.
/// </summary>
internal static class RequestBody
{
    /// <param name="limit">Bytes.</param>
    public static async Task<Result<byte[]>> ReadAsync(HttpRequestData request, int limit, CancellationToken cancellationToken)
    {
        if (Refuse(request, limit, out var length) is { } problem) return problem;
        // An uninitialised array of exactly Content-Length bytes: no clearing, growing or copying.
        var body = GC.AllocateUninitializedArray<byte>(length);
        var read = await request.Body.ReadAtLeastAsync(body, length, throwOnEndOfStream: false, cancellationToken);
        if (read == 0 && length > 0) return Problem.LengthRequired();
        if (read < length) return Problem.CutShort(length, read);
        return await request.Body.ReadAsync(new byte[1], cancellationToken) == 0 ? body : Problem.TooLarge(limit);
    }

    /// <summary>The problem with a body that its headers show; null when the body can be read.</summary>
    public static Problem? Refuse(HttpRequestData request, int limit) => Refuse(request, limit, out _);

    private static Problem? Refuse(HttpRequestData request, int limit, out int length)
    {
        length = 0;
        var header = request.Header("Content-Length");
        if (!long.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var announced)) return Problem.LengthRequired();
        if (announced > limit) return Problem.TooLarge(limit);
        length = (int)announced;
        return request.Header("Content-Encoding")?.Trim() is { Length: > 0 } encoding && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)
            ? Problem.UnsupportedEncoding()
            : null;
    }
}
