using System.Globalization;
using Azure.Storage.Blobs;

namespace EReferrals.Storage.Blobs;

/// <summary>
/// The append blobs of the audit trail, <c>yyyy/MM/dd/HH/{instance}.jsonl</c>, in the audit account and in its reserve. Each process writes its own blobs,
/// so that processes do not wait for each other.
/// </summary>
public sealed class AuditBlobs(StorageClients storage, TimeProvider clock)
{
    private static readonly string Instance = Guid.NewGuid().ToString("N");

    private readonly AppendLog _first = Log(storage.AuditContainer(), Instance, clock);
    private readonly AppendLog _reserve = Log(storage.AuditReserveContainer(), Instance, clock);
    private readonly AppendLog _drained = Log(storage.AuditContainer(), $"{Instance}-drained", clock);

    public Task AppendAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken) => _first.AppendAsync(lines, cancellationToken);

    public Task AppendToReserveAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken) => _reserve.AppendAsync(lines, cancellationToken);

    /// <summary>Appends entries from the queue to a blob of their own, so that draining does not delay new entries.</summary>
    public Task AppendDrainedAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken) => _drained.AppendAsync(lines, cancellationToken);

    private static AppendLog Log(BlobContainerClient container, string name, TimeProvider clock) =>
        new(container, name, "jsonl", () => clock.GetUtcNow().ToString("yyyy'/'MM'/'dd'/'HH", CultureInfo.InvariantCulture));
}
