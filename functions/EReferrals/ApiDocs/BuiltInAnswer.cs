using System.Net;
using EReferrals.Http;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.ApiDocs;

/// <summary>Answers what is the same as long as this version of the service runs. It asks nothing of anybody, and so is there in every outage.</summary>
internal static class BuiltInAnswer
{
    public static async Task<HttpResponseData> AnswerAsync(
        this HttpRequestData request, string contentType, byte[] bytes, string tag, CancellationToken cancellation)
    {
        var response = EntityTag.IsNoneMatch(request, tag)
            ? request.Answer(HttpStatusCode.NotModified)
            : await request.AnswerAsync(HttpStatusCode.OK, contentType, bytes, cancellation);
        return response.WithHeader("ETag", tag).WithHeader("Cache-Control", "public, max-age=300");
    }
}
