using System.Net;
using EReferrals.Http.Html;
using EReferrals.Http;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.ApiDocs;

/// <summary><c>GET /docs</c>: the description of this API as an HTML page.</summary>
public sealed class GetDocsPageFunction
{
    [Function(nameof(GetDocsPageFunction))]
    [Anonymous]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs")] HttpRequestData request, CancellationToken cancellationToken)
    {
        var page = DocsPage.Current;
        var response = await request.RespondAsync(HtmlPage.ContentType, page.Bytes, page.Tag, cancellationToken);
        return response.StatusCode == HttpStatusCode.OK ? response.WithHeader("Content-Security-Policy", DocsPage.SecurityPolicy) : response;
    }
}
