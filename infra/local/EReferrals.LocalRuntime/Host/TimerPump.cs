using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace EReferrals.LocalRuntime.Host;

/// <summary>Runs one timer function, one run at a time, and remembers its schedule over a restart as the cloud does.</summary>
internal sealed partial class TimerPump(LocalFunction function, string stateFolder, FunctionRunner runner, TimeProvider time, ILogger log)
    : IAsyncDisposable
{
    // Task.Delay takes at most 49 days; a day at a time also follows a clock that is set.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    private readonly TimerFunctionTrigger trigger = (TimerFunctionTrigger)function.Trigger;
    private readonly string file = Path.Combine(stateFolder, "timers", $"{function.Name}.json");
    private readonly CancellationTokenSource stop = new();
    private readonly SemaphoreSlim oneRun = new(1);
    private Task loop = Task.CompletedTask;

    public string Name => function.Name;

    public void Start() => loop = Task.Run(RunAsync);

    /// <summary>Runs it once beside its schedule, and throws what it throws.</summary>
    public Task RunNowAsync() => RunAloneAsync(new TimerInfo());

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await loop;
        stop.Dispose();
        oneRun.Dispose();
    }

    private async Task RunAsync()
    {
        var status = Read();
        var missed = status is not null && status.Next < time.GetUtcNow().UtcDateTime;
        if (missed || trigger.RunOnStartup) status = await RunOnceAsync(status, missed);
        while (!stop.IsCancellationRequested && trigger.Schedule.Next(time.GetUtcNow()) is { } next)
        {
            // Known before the run, so that a run missed by a stopped host is noticed at the next start.
            if (status?.Next != next.UtcDateTime) status = Write(status?.Last ?? default, next);
            await DelayUntilAsync(next);
            if (!stop.IsCancellationRequested) status = await RunOnceAsync(status, isPastDue: false);
        }
    }

    private async Task DelayUntilAsync(DateTimeOffset next)
    {
        while (!stop.IsCancellationRequested && next - time.GetUtcNow() is { Ticks: > 0 } left)
        {
            await Task.Delay(left < LongestDelay ? left : LongestDelay, time, stop.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<ScheduleStatus?> RunOnceAsync(ScheduleStatus? status, bool isPastDue)
    {
        var last = time.GetUtcNow();
        try
        {
            var timer = new TimerInfo { ScheduleStatus = trigger.UseMonitor ? status : null, IsPastDue = isPastDue };
            await RunAloneAsync(timer);
        }
        catch
        {
            // The runner has logged it; a timer simply comes again.
        }

        return trigger.Schedule.Next(time.GetUtcNow()) is { } next ? Write(last.UtcDateTime, next) : status;
    }

    private async Task RunAloneAsync(TimerInfo timer)
    {
        await oneRun.WaitAsync();
        try
        {
            await runner.RunAsync(function, new TimerInput(timer), CancellationToken.None);
        }
        finally
        {
            oneRun.Release();
        }
    }

    private ScheduleStatus? Read()
    {
        if (!trigger.UseMonitor || !File.Exists(file)) return null;
        try
        {
            return JsonSerializer.Deserialize<ScheduleStatus>(File.ReadAllText(file));
        }
        catch (JsonException)
        {
            // Cut off by a crash in the middle of writing: as if it had never run.
            return null;
        }
    }

    private ScheduleStatus Write(DateTime last, DateTimeOffset next)
    {
        var status = new ScheduleStatus { Last = last, Next = next.UtcDateTime, LastUpdated = time.GetUtcNow().UtcDateTime };
        if (!trigger.UseMonitor) return status;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, JsonSerializer.Serialize(status));
        }
        catch (IOException e)
        {
            Log.NotRemembered(log, e, function.Name);
        }

        return status;
    }

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Warning, "The schedule of {Function} could not be written; after a restart it may be late unnoticed.")]
        public static partial void NotRemembered(ILogger logger, Exception exception, string function);
    }
}
