using System.Net;
using System.Text;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Status.Health;

/// <summary>Shows that this process serves requests. Checks no dependency, because an outage of a store must not cause restarts of instances.</summary>
public sealed class GetLivenessFunction
{
    private static readonly byte[] Live = Encoding.UTF8.GetBytes("live");

    [Function(nameof(GetLivenessFunction))]
    [Anonymous]
    public Task<HttpResponseData> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health/live")] HttpRequestData request) =>
        request.RespondAsync(HttpStatusCode.OK, "text/plain; charset=utf-8", Live);
}
