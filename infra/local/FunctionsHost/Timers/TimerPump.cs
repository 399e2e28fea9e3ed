using System.Text.Json;

namespace EReferrals.Local.FunctionsHost.Timers;

/// <summary>Runs one timer function, one run at a time, and stores its schedule across restarts as the cloud does.</summary>
internal sealed class TimerPump(
    HostedFunction function, string? stateDirectory, WorkerSupervisor worker, RunningCount running, TimeProvider clock, HostLog log) : IAsyncDisposable
{
    // Task.Delay accepts at most 49 days. Waiting at most one day at a time also notices when the clock is set.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    private readonly TimerFunctionTrigger _trigger = (TimerFunctionTrigger)function.Trigger;
    private readonly string? _file = stateDirectory is null ? null : Path.Combine(stateDirectory, $"{function.Name}.json");
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _oneRun = new(1);
    private Task _loop = Task.CompletedTask;

    public string Name => function.Name;

    public void Start() => _loop = Task.Run(RunScheduleAsync);

    /// <summary>Runs the function once outside its schedule, after any running invocation of it. Throws when the function fails.</summary>
    public Task RunNowAsync() => InvokeAsync(new TimerInfo(null, IsPastDue: false));

    /// <summary>Starts no further runs and completes when the current one has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        await _oneRun.WaitAsync();
        _stopping.Dispose();
        _oneRun.Dispose();
    }

    private async Task RunScheduleAsync()
    {
        var status = Read();
        var missed = status is not null && status.Next < clock.GetUtcNow().UtcDateTime;
        if (missed || _trigger.RunOnStartup) status = await FireAsync(status, missed);
        while (!_stopping.IsCancellationRequested && _trigger.Schedule.Next(clock.GetUtcNow()) is { } next)
        {
            // Written before the run, so that the next start detects a run that was missed while the host was stopped.
            if (status?.Next != next.UtcDateTime) status = Write(status?.Last ?? default, next);
            await DelayUntilAsync(next);
            if (!_stopping.IsCancellationRequested) status = await FireAsync(status, isPastDue: false);
        }
    }

    private async Task DelayUntilAsync(DateTimeOffset next)
    {
        while (!_stopping.IsCancellationRequested && next - clock.GetUtcNow() is { Ticks: > 0 } left)
            await Task.Delay(left < LongestDelay ? left : LongestDelay, clock, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<ScheduleStatus?> FireAsync(ScheduleStatus? status, bool isPastDue)
    {
        var last = clock.GetUtcNow();
        try
        {
            await InvokeAsync(new TimerInfo(_trigger.UseMonitor ? status : null, isPastDue));
        }
        catch (FunctionFailedException)
        {
            // The error is in the log. The timer runs again on its schedule.
        }

        return _trigger.Schedule.Next(clock.GetUtcNow()) is { } next ? Write(last.UtcDateTime, next) : status;
    }

    private async Task InvokeAsync(TimerInfo timer)
    {
        await _oneRun.WaitAsync();
        running.Enter();
        try
        {
            var request = new InvocationRequest { TraceContext = TraceContexts.Continue(null, null) };
            request.InputData.Add(new ParameterBinding { Name = _trigger.Binding, Data = new() { Json = JsonSerializer.Serialize(timer) } });
            await worker.InvokeAsync(function, request, CancellationToken.None);
        }
        finally
        {
            running.Leave();
            _oneRun.Release();
        }
    }

    private ScheduleStatus? Read()
    {
        if (!_trigger.UseMonitor || _file is null || !File.Exists(_file)) return null;
        try
        {
            return JsonSerializer.Deserialize<ScheduleStatus>(File.ReadAllText(_file));
        }
        catch (JsonException)
        {
            // A crash truncated the file. Continue as if the function had never run.
            return null;
        }
    }

    private ScheduleStatus Write(DateTime last, DateTimeOffset next)
    {
        var status = new ScheduleStatus(last, next.UtcDateTime, clock.GetUtcNow().UtcDateTime);
        if (!_trigger.UseMonitor || _file is null) return status;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
            File.WriteAllText(_file, JsonSerializer.Serialize(status));
        }
        catch (IOException ex)
        {
            log.Write(
                LogLevel.Warning, HostLog.Triggers,
                $"The schedule of '{Name}' could not be written. A run that is missed during a restart will not be detected.", ex);
        }

        return status;
    }

    private sealed record TimerInfo(ScheduleStatus? ScheduleStatus, bool IsPastDue);

    private sealed record ScheduleStatus(DateTime Last, DateTime Next, DateTime LastUpdated);
}
