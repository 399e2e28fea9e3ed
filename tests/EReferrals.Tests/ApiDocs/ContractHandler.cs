using System.IO.Compression;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace EReferrals.Tests.ApiDocs;

/// <summary>
/// Checks every request and response of a test against the OpenAPI document and fails the test when they differ. Ignores responses that the Functions host
/// returned without calling a function.
/// </summary>
internal sealed class ContractHandler : DelegatingHandler
{
    // Larger bodies come from the size tests, which repeat the same members a thousand times.
    private const long Largest = 256 * 1024;

    public ContractHandler() => InnerHandler = new HttpClientHandler();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Buffering sets Content-Length. The Functions host passes no body to a function without it.
        if (request.Content is { } content && request.Headers.TransferEncodingChunked != true) await content.LoadIntoBufferAsync(cancellationToken);
        var response = await base.SendAsync(request, cancellationToken);
        // After a redirect, the response belongs to the redirected request.
        var lastRequest = response.RequestMessage ?? request;
        if (lastRequest.RequestUri is not { } address || Contract.Find(lastRequest.Method, address.AbsolutePath) is not { } operation) return response;
        if (!response.Headers.Contains("X-Correlation-ID")) return response;

        await response.Content.LoadIntoBufferAsync(cancellationToken);
        if (response.Content.Headers.ContentLength > Largest) return response;
        var body = await UnpackedAsync(response.Content, cancellationToken);
        var faults = Contract.FaultsOf(operation, (int)response.StatusCode, HeadersOf(response), body).ToList();
        // Only buffered content can be read a second time.
        if (response.IsSuccessStatusCode
            && lastRequest.Content is JsonContent or ByteArrayContent
            && lastRequest.Content.Headers.ContentLength is not > Largest)
        {
            faults.AddRange(
                Contract.FaultsOfBody(operation, lastRequest.Content.Headers.ContentType?.MediaType, await BodyAsync(lastRequest.Content, cancellationToken)));
        }

        Assert.True(
            faults.Count == 0,
            $"{lastRequest.Method} {address.PathAndQuery} returned {(int)response.StatusCode}, which differs from openapi.json: {string.Join("; ", faults)}");
        return response;
    }

    private static async Task<byte[]> UnpackedAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var sent = await content.ReadAsByteArrayAsync(cancellationToken);
        if (!content.Headers.ContentEncoding.Contains("gzip")) return sent;
        using var unpacked = new MemoryStream();
        await using (var gzip = new GZipStream(new MemoryStream(sent), CompressionMode.Decompress)) await gzip.CopyToAsync(unpacked, cancellationToken);
        return unpacked.ToArray();
    }

    private static async Task<JsonNode?> BodyAsync(HttpContent content, CancellationToken cancellationToken) =>
        content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true
            ? JsonNode.Parse(await content.ReadAsStringAsync(cancellationToken)) : null;

    // Content headers are sent in the same way as other headers.
    private static Dictionary<string, string> HeadersOf(HttpResponseMessage response) =>
        response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
        .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
}
