using System.Globalization;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace EReferrals.Storage;

/// <summary>
/// The append blobs of the audit trail, <c>yyyy/MM/dd/HH/{instance}.jsonl</c> in both accounts. No two processes share a blob, so that nobody
/// waits for anybody else.
/// </summary>
public sealed class AuditBlobs(StorageClients storage, TimeProvider clock)
{
    private static readonly string Instance = Guid.NewGuid().ToString("N");

    private readonly AppendLog _contingency = new(storage.ContingencyContainer(Containers.Audit), Instance, clock);
    private readonly AppendLog _records = new(storage.RecordsContainer(Containers.Audit), Instance, clock);
    private readonly AppendLog _drained = new(storage.ContingencyContainer(Containers.Audit), $"{Instance}-drained", clock);

    public Task AppendToContingencyAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellation) => _contingency.AppendAsync(lines, cancellation);

    public Task AppendToRecordsAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellation) => _records.AppendAsync(lines, cancellation);

    /// <summary>For entries that waited on the queue; apart from the others, so that draining does not hold up the readers.</summary>
    public Task AppendDrainedAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellation) => _drained.AppendAsync(lines, cancellation);

    // Calls may overlap (draining; an append that was given up and still runs). Creating a blob twice is harmless, and the service puts
    // appends in order.
    private sealed class AppendLog(BlobContainerClient container, string name, TimeProvider clock)
    {
        // The service takes 50,000 blocks.
        private const int MostBlocks = 45_000;

        private volatile Part? _current;

        public async Task AppendAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellation)
        {
            try
            {
                await AppendOnceAsync(lines, cancellation);
            }
            catch (RequestFailedException gone) when (gone.ErrorCode == BlobErrorCode.BlobNotFound)
            {
                _current = null;
                await AppendOnceAsync(lines, cancellation);
            }
        }

        private async Task AppendOnceAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellation)
        {
            var hour = clock.GetUtcNow().ToString("yyyy'/'MM'/'dd'/'HH", CultureInfo.InvariantCulture);
            var part = _current is { } current && current.Hour == hour
                ? current.IsFull ? await BeginAsync(hour, current.Number + 1, cancellation) : current
                : await BeginAsync(hour, 0, cancellation);
            using var content = new MemoryStream(lines.ToArray(), writable: false);
            BlobAppendInfo appended = await part.Blob.AppendBlockAsync(content, cancellationToken: cancellation);
            if (appended.BlobCommittedBlockCount >= MostBlocks) _current = part with { IsFull = true };
        }

        private async Task<Part> BeginAsync(string hour, int number, CancellationToken cancellation)
        {
            var suffix = number == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{number}");
            var blob = container.GetAppendBlobClient($"{hour}/{name}{suffix}.jsonl");
            await blob.CreateIfNotExistsAsync(cancellationToken: cancellation);
            return _current = new Part(hour, number, blob);
        }

        private sealed record Part(string Hour, int Number, AppendBlobClient Blob, bool IsFull = false);
    }
}
