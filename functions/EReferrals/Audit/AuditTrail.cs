using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using EReferrals.Audit.Contents;
using EReferrals.Messaging;
using EReferrals.Storage.Blobs;
using Microsoft.Extensions.Logging;

namespace EReferrals.Audit;

/// <summary>
/// Writes audit entries. Concurrent entries share one append (group commit): one loop takes all waiting entries and appends them as JSON lines to the
/// audit account, else to its reserve account, else sends them to the <c>audit-pending</c> queue. Callers wait until that is done. While entries keep coming
/// together, the loop gathers them for two milliseconds before each append, because an append costs the same whatever it contains.
/// </summary>
public sealed partial class AuditTrail : IAsyncDisposable
{
    private const int MaxWaiting = 10_000;

    // A batch must fit into one Service Bus message of 256 KB, the smallest limit of the three sinks.
    private const int MaxBatch = 500;
    private const int MaxBytes = 160 * 1024;

    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(2);

    // An entry that comes later than this after the last append does not wait for others.
    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(20);

    // When both accounts hang, the rest of the request's time limit must suffice for the queue, even after waits for the tables and the snapshot.
    private static readonly TimeSpan BlobLimit = TimeSpan.FromMilliseconds(1250);
    private static readonly TimeSpan BusLimit = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(10);

    private readonly Channel<Waiting> _waiting =
        Channel.CreateBounded<Waiting>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });

    private readonly AuditSink[] _sinks;
    private readonly AuditBlobs _blobs;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Task _writing;

    public AuditTrail(AuditBlobs blobs, AuditPending pending, TimeProvider clock, ILogger<AuditTrail> logger)
    {
        _sinks =
        [
            new("audit account", BlobLimit, clock, blobs.AppendAsync),
            new("audit reserve", BlobLimit, clock, blobs.AppendToReserveAsync),
            new("audit-pending queue", BusLimit, clock, (lines, cancellationToken) => pending.SendAuditPendingAsync(new BinaryData(lines), cancellationToken)),
        ];
        _blobs = blobs;
        _clock = clock;
        _logger = logger;
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>Completes when the entry is durable. Cancellation ends the wait; the entry may still be written.</summary>
    /// <exception cref="AuditUnavailableException">No sink accepted the entry, or too many entries wait. The audited action must not go ahead.</exception>
    /// <exception cref="InvalidOperationException">The entry breaks <see cref="AuditRules"/>.</exception>
    public async Task WriteAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(LineOf(entry));
        if (!_waiting.Writer.TryWrite(waiting)) throw new AuditUnavailableException();
        await waiting.Written.Task.WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Writes an entry about what happened up to days ago, to the blobs that a search of that time reads too. Completes when it is durable. It goes to the
    /// audit account only: when that does not accept it, the caller must repeat it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The entry breaks <see cref="AuditRules"/>.</exception>
    internal Task WriteLateAsync(AuditEntry entry, CancellationToken cancellationToken) =>
        _blobs.AppendDrainedAsync((byte[])[.. LineOf(entry), (byte)'\n'], cancellationToken);

    /// <summary>
    /// Writes the waiting entries, for at most ten seconds, and records where the trail of this process ends and what other processes wrote. No function runs
    /// any more: the host disposes services after it has stopped.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writing.WaitAsync(FlushLimit, _clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _blobs.StopAsync();
    }

    private byte[] LineOf(AuditEntry entry)
    {
        AuditRules.Check(entry);
        var now = _clock.GetUtcNow();
        return JsonSerializer.SerializeToUtf8Bytes(entry with { At = now, Id = Guid.CreateVersion7(now) }, AuditJson.Default.AuditEntry);
    }

    private async Task WriteAllAsync()
    {
        long? sharedAppend = null;
        while (await _waiting.Reader.WaitToReadAsync())
        {
            // By the system's clock: a test's clock may stand still.
            if (sharedAppend is { } last && _clock.GetElapsedTime(last) < Busy) await Task.Delay(Gathering, TimeProvider.System);
            var (batch, lines) = TakeBatch();
            var isDurable = await CommitAsync(lines);
            sharedAppend = batch.Count > 1 ? _clock.GetTimestamp() : null;
            foreach (var waiting in batch)
            {
                if (isDurable) waiting.Written.SetResult();
                else waiting.Written.SetException(new AuditUnavailableException());
            }
        }
    }

    private (List<Waiting> Batch, ReadOnlyMemory<byte> Lines) TakeBatch()
    {
        var batch = new List<Waiting>();
        var lines = new ArrayBufferWriter<byte>();
        while (batch.Count < MaxBatch && lines.WrittenCount < MaxBytes && _waiting.Reader.TryRead(out var waiting))
        {
            batch.Add(waiting);
            lines.Write(waiting.Line);
            lines.Write("\n"u8);
        }

        return (batch, lines.WrittenMemory);
    }

    private async Task<bool> CommitAsync(ReadOnlyMemory<byte> lines)
    {
        // Resting sinks come last, for speed. They are still tried before a request is refused, because they may have recovered.
        foreach (var sink in _sinks.OrderBy(sink => sink.IsResting))
        {
            if (await sink.TryAppendAsync(lines) is not { } failure) return true;
            Log.Refused(_logger, sink.Name, failure);
        }

        Log.Unavailable(_logger);
        return false;
    }

    private sealed record Waiting(byte[] Line)
    {
        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private static partial class Log
    {
        [LoggerMessage(2501, LogLevel.Warning, "Could not write audit entries to the {Sink}; it rests, and the next sink is used")]
        public static partial void Refused(ILogger logger, string sink, Exception failure);

        [LoggerMessage(2502, LogLevel.Error, "No sink accepts audit entries: requests that need an audit record are refused until one does")]
        public static partial void Unavailable(ILogger logger);
    }
}
