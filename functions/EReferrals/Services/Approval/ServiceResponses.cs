using System.Net;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Services.Approval;

internal static class ServiceResponses
{
    /// <summary>Responds with a service as its provider defined it, for callers who may see what is not approved.</summary>
    public static async Task<HttpResponseData> RespondAsync(
        this HttpRequestData request, HttpStatusCode status, ServiceVersion stored, CancellationToken cancellationToken)
    {
        var view = ServiceView.From(stored.Entry);
        var response = await request.RespondAsync(status, view, DirectoryJson.Default.ServiceView, cancellationToken);
        return response.WithHeader("ETag", EntityTag.ForVersion(stored.Version));
    }
}
