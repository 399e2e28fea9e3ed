using Azure.Core;
using Azure.Core.Pipeline;
using EReferrals.Telemetry;

namespace EReferrals.Storage;

/// <summary>
/// Counts what goes over the wire to one store, and what that store refuses because the service may not: that is tried again like an outage,
/// and somebody must hear of it.
/// </summary>
internal sealed class CallCounter(ServiceTelemetry telemetry, string store) : HttpPipelineSynchronousPolicy
{
    public override void OnSendingRequest(HttpMessage message)
    {
        var method = message.Request.Method;
        telemetry.StorageCall(store, method == RequestMethod.Get || method == RequestMethod.Head ? "read" : "write");
    }

    public override void OnReceivedResponse(HttpMessage message)
    {
        if (message.Response.Status is 401 or 403) telemetry.StorageRefusal(store);
    }
}
