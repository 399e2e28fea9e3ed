using System.Net;
using System.Text;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Status.Health;

public sealed class GetPingFunction
{
    private static readonly byte[] Pong = Encoding.UTF8.GetBytes("pong");

    [Function(nameof(GetPingFunction))]
    [Anonymous]
    public Task<HttpResponseData> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "_ping")] HttpRequestData request) =>
        RespondAsync(request);

    internal static Task<HttpResponseData> RespondAsync(HttpRequestData request) =>
        request.RespondAsync(HttpStatusCode.OK, "text/plain; charset=utf-8", Pong);
}
