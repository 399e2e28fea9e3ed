using System.Globalization;
using EReferrals.Storage.Chains;
using Microsoft.Extensions.Logging;

namespace EReferrals.Storage.Blobs;

/// <summary>
/// The append blobs of the audit trail, <c>yyyy/MM/dd/HH/{instance}.jsonl</c>, in the audit account and in its reserve. Each process writes its own blobs,
/// so that processes do not wait for each other. Those of one kind are a chain, and the chains of a process name each other's ends, so that what is changed
/// or removed in one account is noticed in the other. Processes name each other's blobs, so that it is also noticed when all of one process are removed.
/// </summary>
public sealed partial class AuditBlobs : IDisposable
{
    private static readonly TimeSpan WitnessLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ListingLimit = TimeSpan.FromSeconds(2);

    private readonly ChainedLog _first;
    private readonly ChainedLog _reserve;
    private readonly ChainedLog _drained;
    private readonly Neighbours[] _neighbours;
    private readonly SemaphoreSlim _witnessing = new(1);
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private ChainEnd[] _witnessed = [];

    public AuditBlobs(StorageClients storage, AuditReader reader, TimeProvider clock, ILogger<AuditBlobs> logger)
    {
        Instance = Guid.NewGuid().ToString("N");
        _clock = clock;
        _logger = logger;
        _first = new(storage.AuditContainer(), AuditAccounts.Audit, Instance, Hour, () => Ends(_reserve, _drained));
        _reserve = new(storage.AuditReserveContainer(), AuditAccounts.Reserve, $"{Instance}-reserve", Hour, () => Ends(_first, _drained));
        _drained = new(storage.AuditContainer(), AuditAccounts.Audit, $"{Instance}-drained", Hour, () => Ends(_first, _reserve));
        _neighbours = [new(reader, AuditAccounts.Audit, Instance), new(reader, AuditAccounts.Reserve, Instance)];
    }

    /// <summary>What the names of the blobs of this process contain, and those of other processes do not.</summary>
    internal string Instance { get; }

    public Task AppendAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken) => AppendAsync(_first, lines, cancellationToken);

    public Task AppendToReserveAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken) => AppendAsync(_reserve, lines, cancellationToken);

    /// <summary>
    /// Appends entries from the queue, and others that are recorded late, to a blob of their own: so they delay no new entries, and a search knows which blobs
    /// of later hours to read.
    /// </summary>
    public Task AppendDrainedAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken) => AppendAsync(_drained, lines, cancellationToken);

    /// <summary>
    /// Records in the reserve account what is not recorded yet: where the chains of the audit account end, and the blobs of other processes. Does not throw:
    /// the record of the next hour contains the same.
    /// </summary>
    public Task WitnessAsync() => WitnessAsync(isEnd: false);

    /// <summary>Records the same when the process stops, and also the blobs of other processes of this hour.</summary>
    public Task StopAsync() => WitnessAsync(isEnd: true);

    public void Dispose()
    {
        _first.Dispose();
        _reserve.Dispose();
        _drained.Dispose();
        _witnessing.Dispose();
    }

    private async Task AppendAsync(ChainedLog log, ReadOnlyMemory<byte> lines, CancellationToken cancellationToken)
    {
        // Not awaited: the entries are stored, and their readers must not wait for the record.
        if (await log.AppendAsync(lines, cancellationToken)) _ = WitnessAsync();
    }

    private async Task WitnessAsync(bool isEnd)
    {
        // A process that wrote nothing has nothing to record.
        if (Ends(_first, _reserve, _drained).Length == 0) return;
        using var limit = new CancellationTokenSource(WitnessLimit, _clock);
        try
        {
            await _witnessing.WaitAsync(limit.Token);
            try
            {
                await WitnessAsync(isEnd, limit.Token);
            }
            finally
            {
                _witnessing.Release();
            }
        }
        catch (Exception ex)
        {
            Log.NotRecorded(_logger, ex);
        }
    }

    private async Task WitnessAsync(bool isEnd, CancellationToken cancellationToken)
    {
        var looks = await Task.WhenAll(_neighbours.Select(neighbours => LookAsync(neighbours, isEnd, cancellationToken)));
        var others = Chain.LinesOf(looks.SelectMany(look => look ?? []));
        var ends = Ends(_first, _drained);
        if (others.Length > 0 || !ends.SequenceEqual(_witnessed)) await _reserve.AppendAsync(others, cancellationToken);
        _witnessed = ends;
        foreach (var (neighbours, look) in _neighbours.Zip(looks))
        {
            if (look is not null) neighbours.AreNamed();
        }
    }

    /// <returns>Null when the account does not answer: its blobs are named later.</returns>
    private async Task<IReadOnlyList<ListedLine.Blob>?> LookAsync(Neighbours neighbours, bool isEnd, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            return await neighbours.LookAsync(_clock.GetUtcNow(), isEnd, limit.Token).WaitAsync(ListingLimit, _clock, cancellationToken);
        }
        catch (Exception ex)
        {
            await limit.CancelAsync();
            Log.NotRecorded(_logger, ex);
            return null;
        }
    }

    private static ChainEnd[] Ends(params ReadOnlySpan<ChainedLog?> logs) => [.. logs.ToArray().Select(log => log?.End).OfType<ChainEnd>()];

    private string Hour() => _clock.GetUtcNow().ToString("yyyy'/'MM'/'dd'/'HH", CultureInfo.InvariantCulture);

    private static partial class Log
    {
        [LoggerMessage(2902, LogLevel.Warning, "Could not record where the audit trail ends or what other processes wrote; the next hour's record has it")]
        public static partial void NotRecorded(ILogger logger, Exception failure);
    }
}
