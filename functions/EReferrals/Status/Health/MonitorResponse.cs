using System.Net;
using System.Security.Cryptography;
using System.Text;
using EReferrals.Http;
using EReferrals.Http.Requests;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Status.Health;

/// <summary>Responds to the monitors of NHS APIs, which send a key instead of a token. Refuses all requests when no key is configured.</summary>
public sealed class MonitorResponse(ServiceStatus status, Settings settings)
{
    public async Task<HttpResponseData> RespondAsync(HttpRequestData request, CancellationToken cancellationToken)
    {
        if (!IsMonitor(request.Header("apikey")))
        {
            return await request.RespondAsync(Problem.Unauthenticated("Send the monitoring key as 'apikey'."), cancellationToken);
        }

        var report = await status.GetAsync().WaitAsync(cancellationToken);
        return await request.RespondAsync(HttpStatusCode.OK, ErsStatus.From(report), StatusJson.Default.ErsStatus, cancellationToken);
    }

    // Compares hashes, which have equal lengths, in constant time, so that the response time reveals nothing about the key.
    private bool IsMonitor(string? sentKey) =>
        settings.MonitoringKey is { Length: > 0 } key && sentKey is not null && CryptographicOperations.FixedTimeEquals(Hash(sentKey), Hash(key));

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
