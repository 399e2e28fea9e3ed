using System.Globalization;
using Azure.Storage.Blobs;

namespace EReferrals.Storage;

/// <summary>
/// The append blobs of the audit trail, <c>yyyy/MM/dd/HH/{instance}.jsonl</c> in both accounts. No two processes share a blob, so that nobody
/// waits for anybody else.
/// </summary>
public sealed class AuditBlobs(StorageClients storage, TimeProvider clock)
{
    private static readonly string Instance = Guid.NewGuid().ToString("N");

    private readonly AppendLog _contingency = Log(storage.ContingencyContainer(Containers.Audit), Instance, clock);
    private readonly AppendLog _records = Log(storage.RecordsContainer(Containers.Audit), Instance, clock);
    private readonly AppendLog _drained = Log(storage.ContingencyContainer(Containers.Audit), $"{Instance}-drained", clock);

    public Task AppendToContingencyAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellation) => _contingency.AppendAsync(lines, cancellation);

    public Task AppendToRecordsAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellation) => _records.AppendAsync(lines, cancellation);

    /// <summary>For entries that waited on the queue; apart from the others, so that draining does not hold up the readers.</summary>
    public Task AppendDrainedAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellation) => _drained.AppendAsync(lines, cancellation);

    private static AppendLog Log(BlobContainerClient container, string name, TimeProvider clock) =>
        new(container, name, "jsonl", () => clock.GetUtcNow().ToString("yyyy'/'MM'/'dd'/'HH", CultureInfo.InvariantCulture));
}
