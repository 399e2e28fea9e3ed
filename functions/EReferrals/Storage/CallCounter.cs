using Azure.Core;
using Azure.Core.Pipeline;

namespace EReferrals.Storage;

/// <summary>Counts what goes over the wire to one store.</summary>
internal sealed class CallCounter(Telemetry telemetry, string store) : HttpPipelineSynchronousPolicy
{
    public override void OnSendingRequest(HttpMessage message)
    {
        var method = message.Request.Method;
        telemetry.StorageCall(store, method == RequestMethod.Get || method == RequestMethod.Head ? "read" : "write");
    }
}
