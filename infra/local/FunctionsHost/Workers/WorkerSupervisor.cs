using System.Diagnostics;
using Grpc.Core;

namespace EReferrals.Local.FunctionsHost.Workers;

/// <summary>Restarts the worker when it ends and sends it the invocations.</summary>
internal sealed class WorkerSupervisor : IAsyncDisposable
{
    private const int StartsBeforeGivingUp = 3;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TerminationGrace = TimeSpan.FromSeconds(5);

    private readonly FunctionsHostOptions _options;
    private readonly TimeSpan _functionTimeout;
    private readonly HostLog _log;
    private readonly ITimer _timeouts;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private Action<IReadOnlyList<RpcFunctionMetadata>>? _onFunctions;
    private TaskCompletionSource<WorkerChannel> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile WorkerChannel? _current;
    private volatile WorkerChannel? _connected;
    private volatile Process? _process;
    private Task _supervision = Task.CompletedTask;

    /// <param name="onFunctions">Receives the functions of the first worker before the worker loads them.</param>
    public WorkerSupervisor(
        FunctionsHostOptions options, TimeSpan functionTimeout, Action<IReadOnlyList<RpcFunctionMetadata>> onFunctions, HostLog log)
    {
        (_options, _functionTimeout, _onFunctions, _log) = (options, functionTimeout, onFunctions, log);
        // One sweep per second replaces a timer per invocation.
        _timeouts = options.Clock.CreateTimer(_ => FailOverdue(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public string WorkerId { get; } = Guid.NewGuid().ToString();

    /// <summary>Completes when the first worker has loaded its functions; fails when it cannot.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>Null while no worker process runs.</summary>
    public int? ProcessId { get; private set; }

    public void Start(IEnumerable<string> arguments) => _supervision = Task.Run(() => SuperviseAsync([.. arguments]));

    /// <summary>Serves one worker's stream until it ends.</summary>
    public async Task ServeAsync(
        IAsyncStreamReader<StreamingMessage> incoming, IServerStreamWriter<StreamingMessage> responses, CancellationToken cancellationToken)
    {
        var channel = new WorkerChannel(_options.ApplicationDirectory, _options.Clock, _log, new CancellationTokenSource());
        _connected = channel;
        var opening = OpenAsync(channel);
        await channel.ServeAsync(incoming, responses, cancellationToken);
        Retire(channel);
        await opening;
    }

    /// <summary>Waits for a worker that has loaded its functions.</summary>
    public ValueTask<WorkerChannel> ReadyAsync(CancellationToken cancellationToken)
    {
        if (_current is { } current) return new(current);
        lock (_gate) return new(_next.Task.WaitAsync(cancellationToken));
    }

    /// <exception cref="FunctionFailedException">The function failed, or its worker ended.</exception>
    public async Task<InvocationResponse> InvokeAsync(HostedFunction function, InvocationRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var channel = _current ?? await ReadyAsync(cancellationToken);
            request.InvocationId = Guid.NewGuid().ToString();
            request.FunctionId = function.Id;
            var response = await channel.InvokeAsync(function, request, cancellationToken);
            if (response.Result.Status == StatusResult.Types.Status.Success) return response;
            throw new FunctionFailedException(
                $"'{function.Name}' failed: {WorkerChannel.Describe(response.Result.Exception) ?? response.Result.Status.ToString()}");
        }
        catch (FunctionFailedException ex)
        {
            _log.Write(LogLevel.Error, HostLog.Function(function.Name), ex.Message);
            throw;
        }
    }

    public void CancelAll()
    {
        if (_current is not { } channel) return;
        foreach (var invocation in channel.Invocations) channel.Cancel(invocation.Id);
    }

    public void FailAll()
    {
        if (_current is not { } channel) return;
        foreach (var invocation in channel.Invocations)
        {
            channel.Fail(invocation, new FunctionFailedException($"The host stopped while '{invocation.Function}' was running."));
        }
    }

    /// <summary>Asks the worker to end, and kills its process when it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync();
        lock (_gate) _next.TrySetException(Stopped());
        _loaded.TrySetException(Stopped());
        var connected = _connected;
        if (_process is { } process)
        {
            connected?.Terminate(TerminationGrace);
            using var patience = new CancellationTokenSource(connected is null ? TimeSpan.Zero : TerminationGrace);
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Kill(process);
        }

        connected?.Close();
        await _supervision;
        await _timeouts.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task OpenAsync(WorkerChannel channel)
    {
        try
        {
            var functions = await channel.InitialiseAsync();
            Interlocked.Exchange(ref _onFunctions, null)?.Invoke(functions);
            await channel.LoadAsync(functions);
            lock (_gate)
            {
                _current = channel;
                _next.TrySetResult(channel);
            }

            _loaded.TrySetResult();
        }
        catch (FunctionFailedException)
        {
            // The worker ended first. The supervision logs it.
        }
        catch (Exception ex)
        {
            _log.Write(LogLevel.Critical, HostLog.Startup, "The functions could not be loaded.", ex);
            _loaded.TrySetException(ex);
        }
    }

    private async Task SuperviseAsync(string[] arguments)
    {
        var pause = FirstPause;
        for (var starts = 1; !_stopping.IsCancellationRequested; starts++)
        {
            var begun = Stopwatch.GetTimestamp();
            try
            {
                using var process = WorkerProcess.Start(_options, arguments, _log);
                (_process, ProcessId) = (process, process.Id);
                // The host may have stopped while this process was being started.
                if (_stopping.IsCancellationRequested) Kill(process);
                await process.WaitForExitAsync(CancellationToken.None);
                (_process, ProcessId) = (null, null);
                if (_stopping.IsCancellationRequested) return;
                _log.Write(LogLevel.Error, HostLog.Worker, $"The worker process ended with code {process.ExitCode}. It is restarted.");
            }
            catch (System.ComponentModel.Win32Exception ex)
            {
                _loaded.TrySetException(new FunctionsHostStartException($"The worker cannot be started: {ex.Message}", ex));
                return;
            }

            _connected?.Close();
            if (!_loaded.Task.IsCompletedSuccessfully && starts == StartsBeforeGivingUp)
                _loaded.TrySetException(
                    new FunctionsHostStartException($"The worker ended {starts} times before its functions were loaded. See its output for the reason."));
            if (_loaded.Task.IsFaulted) return;
            if (Stopwatch.GetElapsedTime(begun) > LongEnough) pause = FirstPause;
            await Task.Delay(pause, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    /// <summary>Fails an invocation that exceeds its timeout and replaces the worker that still runs it, as the real host does.</summary>
    private void FailOverdue()
    {
        if (_functionTimeout == Timeout.InfiniteTimeSpan || _current is not { } channel) return;
        foreach (var invocation in channel.Invocations)
        {
            if (_options.Clock.GetElapsedTime(invocation.Started) < _functionTimeout) continue;
            var process = _process;
            if (process is not null) Retire(channel);
            channel.Cancel(invocation.Id);
            channel.Fail(invocation, new FunctionFailedException($"'{invocation.Function}' ran longer than the functionTimeout of {_functionTimeout}."));
            if (process is null) continue;
            Kill(process);
            return;
        }
    }

    /// <summary>Sends a worker no further invocations. They wait for the next worker.</summary>
    private void Retire(WorkerChannel channel)
    {
        lock (_gate)
        {
            if (_current != channel) return;
            _current = null;
            _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_stopping.IsCancellationRequested) _next.TrySetException(Stopped());
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception ex) when (ex is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // The process has already ended.
        }
    }

    private static FunctionFailedException Stopped() => new("The host is stopping.");
}
