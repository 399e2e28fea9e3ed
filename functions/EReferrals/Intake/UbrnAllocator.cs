using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EReferrals.Intake;

/// <summary>
/// Hands out UBRNs from ranges that this instance reserved ahead, so that a number is at hand while the tables are out of reach. A range is used
/// for half a day: when it was reserved tells when its numbers were handed out. Numbers that are not used are lost, which is harmless: there are
/// 100,000 million, and a hundred instances lose 4 million a day.
/// </summary>
public sealed partial class UbrnAllocator(UbrnRanges rows, TimeProvider clock, ILogger<UbrnAllocator> logger) : BackgroundService
{
    private const int Block = 1_000;

    // Enough for half an hour at the national burst of 10 a second when the tables go away right after the start; more once demand is known.
    private const int LeastReserve = 20 * Block;
    private const int MostReserve = 256 * Block;
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

    /// <summary>Waits for a reservation when the reserve is used up; the caller's token bounds the wait.</summary>
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

    /// <summary>Whether some instance may have handed out this number not longer ago than <paramref name="age"/>.</summary>
    public async Task<bool> MayBeTakenAsync(Ubrn ubrn, TimeSpan age, CancellationToken cancellationToken)
    {
        if (Ubrn.FromSequence(ubrn.Sequence) != ubrn) return false;
        var range = OwnRangeOf(ubrn.Sequence) ?? await rows.FindAsync(ubrn.Sequence, cancellationToken);
        // It was reserved so much earlier at most.
        return range is not null && clock.GetUtcNow() - range.Reserved < age + UsedFor + BetweenLooks;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var reserve = LeastReserve;
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

    // Until a block is used up, or something may have grown old.
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
            // Nothing was used up in this time.
        }
    }

    private long? TryTake()
    {
        if (!_ranges.TryDequeue(out var range)) return null;
        // The order of numbers carries no meaning, so that what is left may go to the back.
        if (range.Count > 1) _ranges.Enqueue(range with { Next = range.Next + 1 });
        if (++_taken % Block == 0) _wake.Release();
        return range.Next;
    }

    // What is too old to be handed out counts for nothing, and is kept only for as long as there is nothing newer.
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
        var wanted = Math.Max(taken / seconds * ReserveFor.TotalSeconds, reserve * 0.5);
        return (int)Math.Clamp(wanted, LeastReserve, MostReserve);
    }

    private static int RoundUp(long count) => (int)((count + Block - 1) / Block * Block);

    // Whatever fails is tried again for as long as the service runs: an exception that leaves the loop ends the whole service.
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
        [LoggerMessage(1101, LogLevel.Error, "No UBRNs could be reserved; {Remaining} are left. Trying again every second")]
        public static partial void NotReserved(ILogger logger, long remaining, Exception notNow);
    }
}
