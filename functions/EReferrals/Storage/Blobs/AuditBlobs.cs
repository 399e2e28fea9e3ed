using System.Globalization;
using EReferrals.Storage.Chains;

namespace EReferrals.Storage.Blobs;

/// <summary>
/// The append blobs of the audit trail, <c>yyyy/MM/dd/HH/{instance}.jsonl</c>, in the audit account and in its reserve. Each process writes its own blobs,
/// so that processes do not wait for each other. Those of one kind are a chain, and the chains of a process name each other's ends, so that what is changed
/// or removed in one account is noticed in the other.
/// </summary>
public sealed class AuditBlobs : IDisposable
{
    private static readonly TimeSpan WitnessLimit = TimeSpan.FromSeconds(5);

    private readonly ChainedLog _first;
    private readonly ChainedLog _reserve;
    private readonly ChainedLog _drained;
    private readonly TimeProvider _clock;
    private volatile ChainEnd? _witnessed;

    public AuditBlobs(StorageClients storage, TimeProvider clock)
    {
        var instance = Guid.NewGuid().ToString("N");
        _clock = clock;
        _first = new(storage.AuditContainer(), AuditAccounts.Audit, instance, Hour, () => Ends(_reserve, _drained));
        _reserve = new(storage.AuditReserveContainer(), AuditAccounts.Reserve, $"{instance}-reserve", Hour, () => Ends(_first, _drained));
        _drained = new(storage.AuditContainer(), AuditAccounts.Audit, $"{instance}-drained", Hour, () => Ends(_first, _reserve));
    }

    public async Task AppendAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken)
    {
        // Not awaited: the entries are stored, and their readers must not wait for the other account.
        if (await _first.AppendAsync(lines, cancellationToken)) _ = WitnessAsync();
    }

    public Task AppendToReserveAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken) => _reserve.AppendAsync(lines, cancellationToken);

    /// <summary>Appends entries from the queue to a blob of their own, so that draining does not delay new entries.</summary>
    public Task AppendDrainedAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken) => _drained.AppendAsync(lines, cancellationToken);

    /// <summary>
    /// Records the end of the chain of the audit account in the reserve account, unless it is recorded. Does not throw: the record of the next hour names the
    /// same chain.
    /// </summary>
    public async Task WitnessAsync()
    {
        var end = _first.End;
        if (end is null || end == _witnessed) return;
        using var limit = new CancellationTokenSource(WitnessLimit, _clock);
        try
        {
            await _reserve.AppendAsync(default, limit.Token);
            _witnessed = end;
        }
        catch (Exception)
        {
            // The reserve account does not answer. A request that needs it says so.
        }
    }

    public void Dispose()
    {
        _first.Dispose();
        _reserve.Dispose();
        _drained.Dispose();
    }

    private static ChainEnd[] Ends(params ReadOnlySpan<ChainedLog?> logs) => [.. logs.ToArray().Select(log => log?.End).OfType<ChainEnd>()];

    private string Hour() => _clock.GetUtcNow().ToString("yyyy'/'MM'/'dd'/'HH", CultureInfo.InvariantCulture);
}
