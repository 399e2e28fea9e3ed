using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using EReferrals.Messaging;
using EReferrals.Storage.Blobs;
using Microsoft.Extensions.Logging;

namespace EReferrals.Audit;

/// <summary>
/// Writes audit entries. Concurrent entries share one append (group commit): one loop takes everything that waits, appends it as JSON lines to
/// the audit account, else to its reserve, else sends it to the <c>audit-pending</c> queue, and only then lets the callers go on.
/// </summary>
public sealed partial class AuditTrail : IAsyncDisposable
{
    private const int MostWaiting = 10_000;

    // A block of entries fits into one message of 256 KB, the smallest of the three places.
    private const int MostTogether = 500;
    private const int MostBytes = 160 * 1024;

    // Two accounts that hang leave enough of a request's time for the queue, after its reader waited for the tables and for the snapshot.
    private static readonly TimeSpan BlobLimit = TimeSpan.FromMilliseconds(1250);
    private static readonly TimeSpan BusLimit = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(10);

    private readonly Channel<Waiting> _waiting =
        Channel.CreateBounded<Waiting>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    private readonly AuditSink[] _sinks;
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
        _clock = clock;
        _logger = logger;
        _writing = Task.Run(WriteAllAsync);
    }

    /// <summary>
    /// Returns when the entry is durable. Cancelling gives up the wait, not the entry.
    /// </summary>
    /// <exception cref="AuditUnavailableException">No place takes entries: do not do what the entry says.</exception>
    public async Task WriteAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var line = JsonSerializer.SerializeToUtf8Bytes(entry with { At = now, Id = Guid.CreateVersion7(now) }, AuditJson.Default.AuditEntry);
        var waiting = new Waiting(line);
        if (!_waiting.Writer.TryWrite(waiting)) throw new AuditUnavailableException();
        await waiting.Written.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Writes what still waits. Comes after the last function has ended: services are disposed when the host has stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writing.WaitAsync(FlushLimit, _clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WriteAllAsync()
    {
        while (await _waiting.Reader.WaitToReadAsync())
        {
            var (together, lines) = TakeTogether();
            var isDurable = await CommitAsync(lines);
            foreach (var waiting in together)
            {
                if (isDurable) waiting.Written.SetResult();
                else waiting.Written.SetException(new AuditUnavailableException());
            }
        }
    }

    private (List<Waiting> Together, ReadOnlyMemory<byte> Lines) TakeTogether()
    {
        var together = new List<Waiting>();
        var lines = new ArrayBufferWriter<byte>();
        while (together.Count < MostTogether && lines.WrittenCount < MostBytes && _waiting.Reader.TryRead(out var waiting))
        {
            together.Add(waiting);
            lines.Write(waiting.Line);
            lines.Write("\n"u8);
        }

        return (together, lines.WrittenMemory);
    }

    private async Task<bool> CommitAsync(ReadOnlyMemory<byte> lines)
    {
        // Those that rest come last, for the sake of speed. They are asked all the same before a read is refused: one may be back.
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
        [LoggerMessage(3001, LogLevel.Warning, "The {Sink} did not take audit entries; it rests and the next place is used")]
        public static partial void Refused(ILogger logger, string sink, Exception failure);

        [LoggerMessage(3002, LogLevel.Error, "No place takes audit entries: reads of patient data are refused until one does")]
        public static partial void Unavailable(ILogger logger);
    }
}
