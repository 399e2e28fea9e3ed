using EReferrals.Http;
using EReferrals.Http.Html;
using EReferrals.Http.Requests;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Web;

/// <summary>Sends a file of the site in the best form for the reader.</summary>
internal static class SiteResponse
{
    public static async Task<HttpResponseData> RespondAsync(
        this HttpRequestData request, SiteFile file, string cacheControl, CancellationToken cancellationToken)
    {
        var (bytes, encoding) = file.For(request.Header("Accept-Encoding"));
        // Each form has a tag of its own, because the bytes differ.
        var tag = encoding is null ? file.Tag : $"{file.Tag[..^1]}-{encoding}\"";
        var response = await request.RespondAsync(file.ContentType, bytes, tag, cancellationToken, cacheControl);
        if (encoding is not null) response.WithHeader("Content-Encoding", encoding);
        return response.WithHeader("Vary", "Accept-Encoding");
    }
}
