using System.Net;
using EReferrals.Http;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.ApiDocs;

/// <summary>Answers what is the same as long as this version of the service runs. It asks nothing of anybody, and so is there in every outage.</summary>
internal static class BuiltInResponse
{
    public static async Task<HttpResponseData> RespondAsync(
        this HttpRequestData request, string contentType, byte[] bytes, string tag, CancellationToken cancellationToken)
    {
        var response = EntityTag.IsNoneMatch(request, tag)
            ? request.Respond(HttpStatusCode.NotModified)
            : await request.RespondAsync(HttpStatusCode.OK, contentType, bytes, cancellationToken);
        return response.WithHeader("ETag", tag).WithHeader("Cache-Control", "public, max-age=300");
    }
}
