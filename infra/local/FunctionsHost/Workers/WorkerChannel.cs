using System.Collections.Concurrent;
using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Content = EReferrals.Local.FunctionsHost.Protocol.StreamingMessage.ContentOneofCase;
using RpcException = EReferrals.Local.FunctionsHost.Protocol.RpcException;

namespace EReferrals.Local.FunctionsHost.Workers;

/// <summary>The host's end of the stream to one worker.</summary>
internal sealed class WorkerChannel(string applicationDirectory, TimeProvider clock, HostLog log, CancellationTokenSource closing)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly WriteOptions Buffered = new(WriteFlags.BufferHint);

    private readonly Channel<StreamingMessage> _outgoing =
        Channel.CreateUnbounded<StreamingMessage>(new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = false });

    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _requests = new();
    private readonly ConcurrentDictionary<string, Invocation> _invocations = new();
    private volatile FunctionFailedException? _lost;

    public IEnumerable<Invocation> Invocations => _invocations.Values;

    /// <summary>Serves the stream until either side ends it.</summary>
    public async Task ServeAsync(
        IAsyncStreamReader<StreamingMessage> incoming, IServerStreamWriter<StreamingMessage> responses, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
        var writing = WriteAsync(responses, ended.Token);
        try
        {
            while (await incoming.MoveNext(ended.Token)) Receive(incoming.Current);
        }
        catch (Exception ex) when (ex is IOException or OperationCanceledException)
        {
            // The worker process has ended, or the host is stopping.
        }
        finally
        {
            Close();
            await writing;
        }
    }

    /// <summary>Initialises the worker and returns its functions.</summary>
    public async Task<IReadOnlyList<RpcFunctionMetadata>> InitialiseAsync()
    {
        var request = new WorkerInitRequest { HostVersion = "4.1037.0", WorkerDirectory = applicationDirectory, FunctionAppDirectory = applicationDirectory };
        string[] capabilities = ["RpcHttpBodyOnly", "RawHttpBodyBytes", "TypedDataCollection", "UseNullableValueDictionaryForHttp", "V2Compatable"];
        foreach (var capability in capabilities) request.Capabilities[capability] = "True";
        var initialised = (await AskAsync(new() { WorkerInitRequest = request })).WorkerInitResponse;
        Check(initialised.Result, "The worker did not start");

        var response = (await AskAsync(new() { FunctionsMetadataRequest = new() { FunctionAppDirectory = applicationDirectory } })).FunctionMetadataResponse;
        Check(response.Result, "The worker could not list its functions");
        return response.FunctionMetadataResults;
    }

    public Task LoadAsync(IEnumerable<RpcFunctionMetadata> functions) => Task.WhenAll(functions.Select(async function =>
    {
        function.Directory = applicationDirectory;
        var request = new FunctionLoadRequest { FunctionId = function.FunctionId, Metadata = function };
        var response = await AskAsync(new() { FunctionLoadRequest = request });
        Check(response.FunctionLoadResponse.Result, $"The worker could not load '{function.Name}'");
    }));

    /// <summary>Sends an invocation and waits for its response. Cancellation notifies the worker but does not end the wait.</summary>
    public async Task<InvocationResponse> InvokeAsync(HostedFunction function, InvocationRequest request, CancellationToken cancellationToken)
    {
        var invocation = new Invocation(request.InvocationId, function.Name, clock.GetTimestamp());
        _invocations[invocation.Id] = invocation;
        if (_lost is { } lost) Fail(invocation, lost);
        Send(new() { RequestId = invocation.Id, InvocationRequest = request });
        await using var registration = cancellationToken.UnsafeRegister(static state =>
        {
            var (channel, id) = ((WorkerChannel, string))state!;
            channel.Cancel(id);
        }, (this, invocation.Id));
        return await invocation.Task;
    }

    public void Cancel(string invocationId) => Send(new() { InvocationCancel = new() { InvocationId = invocationId } });

    public void Fail(Invocation invocation, Exception ex)
    {
        _invocations.TryRemove(invocation.Id, out _);
        invocation.TrySetException(ex);
    }

    public void Terminate(TimeSpan grace) => Send(new() { WorkerTerminate = new() { GracePeriod = Duration.FromTimeSpan(grace) } });

    /// <summary>Fails all running invocations. Nothing can be sent afterwards.</summary>
    public void Close()
    {
        _lost ??= new FunctionFailedException("The worker has ended.");
        _outgoing.Writer.TryComplete();
        closing.Cancel();
        foreach (var invocation in _invocations.Values)
        {
            Fail(invocation, new FunctionFailedException($"The worker ended while '{invocation.Function}' was running."));
        }

        foreach (var request in _requests.Values) request.TrySetException(_lost);
    }

    private async Task WriteAsync(IServerStreamWriter<StreamingMessage> responses, CancellationToken cancellationToken)
    {
        try
        {
            while (await _outgoing.Reader.WaitToReadAsync(cancellationToken))
            {
                while (_outgoing.Reader.TryRead(out var message))
                {
                    // Messages that are sent together are flushed once, with the last one.
                    responses.WriteOptions = _outgoing.Reader.TryPeek(out _) ? Buffered : null;
                    await responses.WriteAsync(message, cancellationToken);
                }
            }
        }
        catch (Exception ex) when (ex is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The stream has ended. The reader fails the running invocations.
        }
    }

    private void Receive(StreamingMessage message)
    {
        switch (message.ContentCase)
        {
            case Content.InvocationResponse:
                if (_invocations.TryRemove(message.InvocationResponse.InvocationId, out var invocation)) invocation.TrySetResult(message.InvocationResponse);
                break;
            case Content.RpcLog:
                var entry = message.RpcLog;
                // The worker logs its own start at this level without a category.
                if (entry.Category.Length == 0 && entry.Level <= RpcLog.Types.Level.Debug) break;
                log.Pass((LogLevel)entry.Level, entry.Category, entry.Message, Describe(entry.Exception));
                break;
            default:
                if (_requests.TryRemove(message.RequestId, out var request)) request.TrySetResult(message);
                break;
        }
    }

    private async Task<StreamingMessage> AskAsync(StreamingMessage message)
    {
        message.RequestId = Guid.NewGuid().ToString();
        var answer = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests[message.RequestId] = answer;
        if (_lost is { } lost) answer.TrySetException(lost);
        Send(message);
        return await answer.Task.WaitAsync(Patience);
    }

    private void Send(StreamingMessage message) => _outgoing.Writer.TryWrite(message);

    private static void Check(StatusResult? result, string problem)
    {
        if (result?.Status != StatusResult.Types.Status.Success)
            throw new FunctionsHostStartException($"{problem}: {Describe(result?.Exception) ?? "no reason given"}");
    }

    /// <returns>Null when there is no exception.</returns>
    public static string? Describe(RpcException? ex) =>
        ex is null ? null : string.Join(Environment.NewLine, ((string[])[ex.Message, ex.StackTrace]).Where(text => text.Length > 0));
}
