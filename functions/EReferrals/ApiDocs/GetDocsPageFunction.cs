using System.Net;
using EReferrals.Http;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.ApiDocs;

/// <summary><c>GET /docs</c>: the description of this API for people.</summary>
public sealed class GetDocsPageFunction
{
    [Function(nameof(GetDocsPageFunction))]
    [Anonymous]
    public async Task<HttpResponseData> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs")] HttpRequestData request, CancellationToken cancellation)
    {
        var page = DocsPage.Current;
        var response = await request.AnswerAsync(DocsPage.ContentType, page.Bytes, page.Tag, cancellation);
        return response.StatusCode == HttpStatusCode.OK ? response.WithHeader("Content-Security-Policy", DocsPage.SecurityPolicy) : response;
    }
}
