using System.Net;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http.Html;

/// <summary>Returns content that is built into the app. It depends on no other system, so it is available in every outage.</summary>
internal static class BuiltInResponse
{
    public static async Task<HttpResponseData> RespondAsync(
        this HttpRequestData request,
        string contentType,
        byte[] bytes,
        string tag,
        CancellationToken cancellationToken,
        string cacheControl = "public, max-age=300")
    {
        var response = EntityTag.IsNoneMatch(request, tag)
            ? request.Respond(HttpStatusCode.NotModified)
            : await request.RespondAsync(HttpStatusCode.OK, contentType, bytes, cancellationToken);
        return response.WithHeader("ETag", tag).WithHeader("Cache-Control", cacheControl);
    }
}
