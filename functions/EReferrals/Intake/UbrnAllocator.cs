using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EReferrals.Intake;

/// <summary>
/// Allocates UBRNs from ranges that this instance reserved in advance, so that UBRNs are available while the tables are not. The instance hands out
/// numbers of a range for half a day, so the time of the reservation shows when a number was handed out. Unused numbers are lost. This is harmless:
/// there are 100,000 million, and a hundred instances lose 4 million a day.
/// </summary>
public sealed partial class UbrnAllocator(UbrnRanges rows, TimeProvider clock, ILogger<UbrnAllocator> logger) : BackgroundService
{
    private const int Block = 1_000;

    // Lasts half an hour at the national peak of 10 a second if the tables fail right after the start. Grows with the measured demand.
    private const int MinReserve = 20 * Block;
    private const int MaxReserve = 256 * Block;
    private static readonly TimeSpan ReserveFor = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan UsedFor = TimeSpan.FromHours(12);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RememberedFor = TimeSpan.FromDays(2);

    private readonly Lock _lock = new();
    private readonly Queue<UbrnRange> _ranges = new();
    private readonly List<UbrnRange> _reserved = [];
    private readonly SemaphoreSlim _wake = new(0);
    private TaskCompletionSource _refilled = New();
    private long _taken;

    /// <summary>Takes a UBRN. Waits for a reservation when none is left, until <paramref name="cancellationToken"/> is cancelled.</summary>
    public async Task<Ubrn> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task refilled;
            lock (_lock)
            {
                if (TryTake() is { } sequence) return Ubrn.FromSequence(sequence);
                refilled = _refilled.Task;
            }

            _wake.Release();
            await refilled.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Whether any instance may have handed out this number within the last <paramref name="age"/>.</summary>
    public async Task<bool> MayBeTakenAsync(Ubrn ubrn, TimeSpan age, CancellationToken cancellationToken)
    {
        if (Ubrn.FromSequence(ubrn.Sequence) != ubrn) return false;
        var range = OwnRangeOf(ubrn.Sequence) ?? await rows.FindAsync(ubrn.Sequence, cancellationToken);
        // A range is reserved at most this much earlier than its last number is handed out.
        return range is not null && clock.GetUtcNow() - range.Reserved < age + UsedFor + BetweenLooks;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var reserve = MinReserve;
        var since = clock.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            if (Remaining() >= reserve / 2)
            {
                await WaitAsync(stoppingToken);
                continue;
            }

            reserve = Demand(since, reserve);
            since = clock.GetTimestamp();
            if (!await TryReserveAsync(RoundUp(reserve - Remaining()), stoppingToken)) await Task.Delay(Pause, clock, stoppingToken);
        }
    }

    // Waits until a block is used up, or until it is time to check whether a range has become too old.
    private async Task WaitAsync(CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(BetweenLooks, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        try
        {
            await _wake.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // The time to check has come.
        }
    }

    private long? TryTake()
    {
        if (!_ranges.TryDequeue(out var range)) return null;
        // The order of numbers has no meaning, so the rest of the range may go to the back of the queue.
        if (range.Count > 1) _ranges.Enqueue(range with { Next = range.Next + 1 });
        if (++_taken % Block == 0) _wake.Release();
        return range.Next;
    }

    // A range that is too old does not count. It is kept as a last reserve until a newer one is reserved.
    private long Remaining()
    {
        lock (_lock) return _ranges.Where(IsFresh).Sum(range => range.Count);
    }

    private bool IsFresh(UbrnRange range) => clock.GetUtcNow() - range.Reserved < UsedFor;

    private UbrnRange? OwnRangeOf(long sequence)
    {
        lock (_lock) return _reserved.Find(range => sequence >= range.Next && sequence < range.End);
    }

    private int Demand(long since, int reserve)
    {
        long taken;
        lock (_lock) (taken, _taken) = (_taken, 0);
        var seconds = Math.Max(1, clock.GetElapsedTime(since).TotalSeconds);
        var demand = Math.Max(taken / seconds * ReserveFor.TotalSeconds, reserve * 0.5);
        return (int)Math.Clamp(demand, MinReserve, MaxReserve);
    }

    private static int RoundUp(long count) => (int)((count + Block - 1) / Block * Block);

    // Retries after every failure while the service runs: an exception that leaves ExecuteAsync stops the host.
    private async Task<bool> TryReserveAsync(int count, CancellationToken cancellationToken)
    {
        try
        {
            if (await rows.TryReserveAsync(count, clock.GetUtcNow(), cancellationToken) is not { } reserved) return true;
            lock (_lock)
            {
                Keep(reserved);
                _refilled.TrySetResult();
                _refilled = New();
            }

            return true;
        }
        catch (Exception ex) when (!Transient.IsStop(ex, cancellationToken))
        {
            Log.NotReserved(logger, Remaining(), ex);
            return false;
        }
    }

    private void Keep(UbrnRange reserved)
    {
        var fresh = _ranges.Where(IsFresh).Append(reserved).ToArray();
        _ranges.Clear();
        foreach (var range in fresh) _ranges.Enqueue(range);
        _reserved.RemoveAll(range => clock.GetUtcNow() - range.Reserved > RememberedFor);
        _reserved.Add(reserved);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static partial class Log
    {
        [LoggerMessage(1003, LogLevel.Error, "No UBRNs could be reserved; {Remaining} are left. Retrying every second")]
        public static partial void NotReserved(ILogger logger, long remaining, Exception ex);
    }
}
