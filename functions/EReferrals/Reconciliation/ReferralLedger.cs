using System.Threading.Channels;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Blobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EReferrals.Reconciliation;

/// <summary>
/// Notes which referrals were accepted or changed, for the reconciler. Nobody waits for it and nothing depends on it: a number is written
/// about a second later, and a process that is killed takes those of its last second with it.
/// </summary>
public sealed partial class ReferralLedger(LedgerBlobs blobs, TimeProvider clock, ILogger<ReferralLedger> logger) : BackgroundService
{
    private const int MostWaiting = 100_000;
    private const int MostTogether = 10_000;

    private static readonly TimeSpan Gather = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastLimit = TimeSpan.FromSeconds(5);

    private readonly Channel<Ubrn> _noted = Channel.CreateBounded<Ubrn>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly SemaphoreSlim _one = new(1);
    private List<Ubrn> _unwritten = [];

    public void Note(Ubrn ubrn) => _noted.Writer.TryWrite(ubrn);

    /// <summary>Writes what has been noted so far. False when the store did not take it; then it is kept.</summary>
    public async Task<bool> FlushAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            while (_unwritten.Count > 0 || _noted.Reader.TryPeek(out _))
            {
                if (_unwritten.Count == 0) _unwritten = Take();
                await blobs.AppendAsync(_unwritten, cancellationToken);
                _unwritten = [];
            }

            return true;
        }
        catch (Exception ex) when (!Transient.IsStop(ex, cancellationToken))
        {
            // Whatever it is: an exception that leaves the loop ends the whole service.
            // What may have been written already is written again: the reconciler counts a number once.
            Log.NotWritten(logger, ex);
            return false;
        }
        finally
        {
            _one.Release();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LastLimit);
        try
        {
            await FlushAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The end of the process does not wait for it either.
        }
    }

    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _noted.Reader.WaitToReadAsync(stoppingToken))
        {
            await Task.Delay(Gather, clock, stoppingToken);
            while (!await FlushAsync(stoppingToken)) await Task.Delay(5 * Gather, clock, stoppingToken);
        }
    }

    private List<Ubrn> Take()
    {
        var together = new List<Ubrn>();
        while (together.Count < MostTogether && _noted.Reader.TryRead(out var ubrn)) together.Add(ubrn);
        return together;
    }

    private static partial class Log
    {
        [LoggerMessage(1201, LogLevel.Error, "The ledger of the reconciler could not be written; trying again")]
        public static partial void NotWritten(ILogger logger, Exception late);
    }
}
