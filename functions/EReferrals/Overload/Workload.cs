using EReferrals.Http;
using EReferrals.Telemetry;
using Microsoft.Extensions.Hosting;

namespace EReferrals.Overload;

/// <summary>
/// Whether this instance has more to do than it can: how long work waits for a processor, how long submissions wait for the broker, and
/// how many bytes of bodies it holds. Not how many requests there are: the broker writes a long queue faster than a short one.
/// </summary>
public sealed class Workload(ServiceTelemetry telemetry) : BackgroundService
{
    private const long Megabyte = 1024 * 1024;

    // Measured in real time, whatever clock the service has: it is this machine that is asked.
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly LinkedList<long> _sends = new();
    private long _bytes;
    private long _measuring = Environment.TickCount64;
    private long _lag;
    private long _lagBefore;

    /// <summary>How long work waits for a processor, by two measurements that follow each other: one alone is a hiccup.</summary>
    internal TimeSpan ProcessorLag
    {
        get
        {
            var (last, before) = (Volatile.Read(ref _lag), Volatile.Read(ref _lagBefore));
            // The one that is under way counts as far as it is late already.
            return TimeSpan.FromMilliseconds(Math.Max(Math.Min(LagSince(Volatile.Read(ref _measuring)), last), Math.Min(last, before)));
        }
    }

    /// <summary>How many submissions wait for the broker.</summary>
    internal int SendsUnderWay
    {
        get
        {
            lock (_lock) return _sends.Count;
        }
    }

    /// <summary>How long the submission that waits longest for the broker has waited.</summary>
    internal TimeSpan SendAge
    {
        get
        {
            lock (_lock) return _sends.First is { } oldest ? TimeSpan.FromMilliseconds(Environment.TickCount64 - oldest.Value) : TimeSpan.Zero;
        }
    }

    /// <summary>A problem with a time to come back when there is too much to do for a request of this importance; else null.</summary>
    internal Problem? Refuse(Importance importance)
    {
        if (!IsTooMuch(importance)) return null;
        telemetry.Shed("overload");
        return Problem.Unavailable("There is more to do than this service can at present. Send the request again later.", Jitter.Between(2, 10));
    }

    /// <summary>The bytes are in hand until the answer is disposed.</summary>
    internal IDisposable Hold(long bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        return new Held(() => Interlocked.Add(ref _bytes, -bytes));
    }

    /// <summary>A submission waits for the broker until the answer is disposed.</summary>
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
            // Reads do not depend on the broker, and are not turned away when it is slow.
            Importance.Reading => bytes > 192 * Megabyte || ProcessorLag > TimeSpan.FromMilliseconds(500),
            Importance.Writing => bytes > 224 * Megabyte || Wait > TimeSpan.FromSeconds(1),
            _ => bytes > 256 * Megabyte || Wait > TimeSpan.FromSeconds(3),
        };
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            Volatile.Write(ref _measuring, Environment.TickCount64);
            await Task.Delay(Period, TimeProvider.System, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
            Volatile.Write(ref _lagBefore, _lag);
            Volatile.Write(ref _lag, LagSince(_measuring));
        }
    }

    private static long LagSince(long begun) => Math.Max(0, Environment.TickCount64 - begun - (long)Period.TotalMilliseconds);

    private TimeSpan Wait => ProcessorLag > SendAge ? ProcessorLag : SendAge;

    private sealed class Held(Action release) : IDisposable
    {
        private Action? _release = release;

        public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
    }
}
