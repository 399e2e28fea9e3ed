using Azure.Core;
using Azure.Core.Pipeline;
using EReferrals.Telemetry;

namespace EReferrals.Storage;

/// <summary>
/// Counts the requests to one storage account, and its 401 and 403 responses. The service retries those like an outage, so only the metric shows that
/// the identity lacks a role.
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
