using System.Threading.Channels;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Blobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EReferrals.Intake;

/// <summary>
/// Notes the accepted and changed referrals for the reconciler. Runs in the background, and no request waits for it: a UBRN is written about a second
/// later, so a killed process loses the UBRNs of its last second.
/// </summary>
public sealed partial class ReferralLedger(LedgerBlobs blobs, TimeProvider clock, ILogger<ReferralLedger> logger) : BackgroundService
{
    private const int MaxWaiting = 100_000;
    private const int MaxBatch = 10_000;

    private static readonly TimeSpan GatherTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastLimit = TimeSpan.FromSeconds(5);

    private readonly Channel<Ubrn> _noted = Channel.CreateBounded<Ubrn>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly SemaphoreSlim _flushLock = new(1);
    private List<Ubrn> _unwritten = [];

    public void Note(Ubrn ubrn) => _noted.Writer.TryWrite(ubrn);

    /// <summary>Writes the UBRNs noted so far. False when the write failed; they are then kept for the next flush.</summary>
    public async Task<bool> FlushAsync(CancellationToken cancellationToken)
    {
        await _flushLock.WaitAsync(cancellationToken);
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
            // Catches every exception: one that leaves the loop would stop the service. UBRNs may be written twice; the reconciler counts each once.
            Log.NotWritten(logger, ex);
            return false;
        }
        finally
        {
            _flushLock.Release();
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
            // The write timed out. The process ends without it.
        }
    }

    public override void Dispose()
    {
        _flushLock.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _noted.Reader.WaitToReadAsync(stoppingToken))
        {
            await Task.Delay(GatherTime, clock, stoppingToken);
            while (!await FlushAsync(stoppingToken)) await Task.Delay(5 * GatherTime, clock, stoppingToken);
        }
    }

    private List<Ubrn> Take()
    {
        var batch = new List<Ubrn>();
        while (batch.Count < MaxBatch && _noted.Reader.TryRead(out var ubrn)) batch.Add(ubrn);
        return batch;
    }

    private static partial class Log
    {
        [LoggerMessage(1004, LogLevel.Error, "Could not write the reconciler's ledger; retrying")]
        public static partial void NotWritten(ILogger logger, Exception ex);
    }
}
