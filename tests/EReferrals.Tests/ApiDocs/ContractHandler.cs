using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace EReferrals.Tests.ApiDocs;

/// <summary>
/// Stands between every test and the app, and fails the test whose request was accepted, or answered, otherwise than the document says. What only the
/// Functions host answered, without a function, is not the document's matter.
/// </summary>
internal sealed class ContractHandler : DelegatingHandler
{
    // Larger ones are those of the tests of size: the same members a thousand times.
    private const long Largest = 256 * 1024;

    public ContractHandler() => InnerHandler = new HttpClientHandler();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // A buffered body has a length. The Functions host gives a function no body without one.
        if (request.Content is { } content && request.Headers.TransferEncodingChunked != true) await content.LoadIntoBufferAsync(cancellationToken);
        var response = await base.SendAsync(request, cancellationToken);
        // After a redirection it is another request that was answered.
        var asked = response.RequestMessage ?? request;
        if (asked.RequestUri is not { } address || Contract.Find(asked.Method, address.AbsolutePath) is not { } operation) return response;
        if (!response.Headers.Contains("X-Correlation-ID")) return response;

        await response.Content.LoadIntoBufferAsync(cancellationToken);
        if (response.Content.Headers.ContentLength > Largest) return response;
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var faults = Contract.FaultsOf(operation, (int)response.StatusCode, HeadersOf(response), body).ToList();
        // Only what can be read a second time.
        if (response.IsSuccessStatusCode && asked.Content is JsonContent or ByteArrayContent && asked.Content.Headers.ContentLength is not > Largest)
        {
            faults.AddRange(Contract.FaultsOfBody(operation, asked.Content.Headers.ContentType?.MediaType, await BodyAsync(asked.Content, cancellationToken)));
        }

        Assert.True(faults.Count == 0, $"{asked.Method} {address.PathAndQuery} was answered {(int)response.StatusCode}, and openapi.json does not say so: {string.Join("; ", faults)}");
        return response;
    }

    private static async Task<JsonNode?> BodyAsync(HttpContent content, CancellationToken cancellationToken) =>
        content.Headers.ContentType?.MediaType == "application/json" ? JsonNode.Parse(await content.ReadAsStringAsync(cancellationToken)) : null;

    // Those of the content travel as the others do.
    private static Dictionary<string, string> HeadersOf(HttpResponseMessage response) => response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
        .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
}
