using Grpc.Core;
using RpcException = Grpc.Core.RpcException;

namespace EReferrals.Local.FunctionsHost.Workers;

/// <summary>Accepts the stream that a worker opens.</summary>
internal sealed class WorkerService(WorkerSupervisor supervisor) : FunctionRpc.FunctionRpcBase
{
    public override async Task EventStream(
        IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken)) return;
        if (requestStream.Current.StartStream?.WorkerId != supervisor.WorkerId)
            throw new RpcException(new Status(StatusCode.PermissionDenied, "This host did not start that worker."));
        await supervisor.ServeAsync(requestStream, responseStream, context.CancellationToken);
    }
}
