using EReferrals.Http;
using EReferrals.Resilience;
using EReferrals.Telemetry;
using Microsoft.Extensions.Hosting;

namespace EReferrals.Overload;

/// <summary>
/// Detects overload of this instance by three measures: how long work waits for a processor, how long submissions wait for Service Bus, and how many
/// bytes of request bodies are in memory. The number of requests is no measure: Service Bus writes a long backlog faster than a short one.
/// </summary>
public sealed class Workload(ServiceTelemetry telemetry) : BackgroundService
{
    private const long Megabyte = 1024 * 1024;

    // Measured in real time, independent of the service's TimeProvider, because it measures this machine.
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly LinkedList<long> _sends = new();
    private long _bytes;
    private long _measuringSince = Environment.TickCount64;
    private long _lag;
    private long _lagBefore;

    /// <summary>How long work waits for a processor: the lesser of two consecutive measurements, because a single high one is only a hiccup.</summary>
    internal TimeSpan ProcessorLag
    {
        get
        {
            var (last, before) = (Volatile.Read(ref _lag), Volatile.Read(ref _lagBefore));
            // The measurement in progress counts with its delay so far.
            return TimeSpan.FromMilliseconds(Math.Max(Math.Min(LagSince(Volatile.Read(ref _measuringSince)), last), Math.Min(last, before)));
        }
    }

    /// <summary>The number of submissions that wait for Service Bus.</summary>
    internal int SendsUnderWay
    {
        get
        {
            lock (_lock) return _sends.Count;
        }
    }

    /// <summary>How long the oldest waiting submission has waited for Service Bus.</summary>
    internal TimeSpan SendAge
    {
        get
        {
            lock (_lock) return _sends.First is { } oldest ? TimeSpan.FromMilliseconds(Environment.TickCount64 - oldest.Value) : TimeSpan.Zero;
        }
    }

    /// <summary>The problem, with Retry-After, when the instance is overloaded for requests of this importance; else null.</summary>
    internal Problem? Refuse(Importance importance)
    {
        if (!IsTooMuch(importance)) return null;
        telemetry.Shed("overload");
        return Problem.Unavailable("The service is overloaded. Retry the request after the time in Retry-After.", Jitter.Between(2, 10));
    }

    /// <summary>Counts the bytes as in memory until the result is disposed.</summary>
    internal IDisposable Hold(long bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        return new Held(() => Interlocked.Add(ref _bytes, -bytes));
    }

    /// <summary>Counts a submission as waiting for Service Bus until the result is disposed.</summary>
    internal IDisposable Send()
    {
        LinkedListNode<long> node;
        lock (_lock) node = _sends.AddLast(Environment.TickCount64);
        return new Held(() =>
        {
            lock (_lock) _sends.Remove(node);
        });
    }

    internal bool IsTooMuch(Importance importance)
    {
        var bytes = Volatile.Read(ref _bytes);
        return importance switch
        {
            Importance.Upload => bytes > 64 * Megabyte || Wait > TimeSpan.FromSeconds(1),
            Importance.Browsing => bytes > 128 * Megabyte || ProcessorLag > TimeSpan.FromMilliseconds(250),
            // Reads do not depend on Service Bus, so they are not shed when it is slow.
            Importance.Reading => bytes > 192 * Megabyte || ProcessorLag > TimeSpan.FromMilliseconds(500),
            Importance.Writing => bytes > 224 * Megabyte || Wait > TimeSpan.FromSeconds(1),
            _ => bytes > 256 * Megabyte || Wait > TimeSpan.FromSeconds(3),
        };
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            Volatile.Write(ref _measuringSince, Environment.TickCount64);
            await Task.Delay(Period, TimeProvider.System, stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
            Volatile.Write(ref _lagBefore, _lag);
            Volatile.Write(ref _lag, LagSince(_measuringSince));
        }
    }

    private static long LagSince(long startedAt) => Math.Max(0, Environment.TickCount64 - startedAt - (long)Period.TotalMilliseconds);

    private TimeSpan Wait => ProcessorLag > SendAge ? ProcessorLag : SendAge;

    private sealed class Held(Action release) : IDisposable
    {
        private Action? _release = release;

        public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
    }
}
