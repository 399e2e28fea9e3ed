using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Retention;

/// <summary>Looks through the quarantine: which referrals its letters wait for, and which bodies are too old.</summary>
public sealed class QuarantinedLetters(StorageClients storage)
{
    private readonly TableClient _table = storage.ForWriting(TableKeys.Quarantine);
    private readonly BlobContainerClient _bodies = storage.ContingencyContainer(Containers.Quarantine);

    /// <summary>
    /// Every letter: those that wait for an operator, those that were discarded and can still be restored, and what is left of those that were replayed.
    /// </summary>
    public async Task<IReadOnlyList<QuarantinedLetter>> AllAsync(CancellationToken cancellationToken)
    {
        var letters = new List<QuarantinedLetter>();
        await foreach (var row in _table.QueryAsync<TableEntity>(
            select: ["PartitionKey", "RowKey", "Queue", "Source", "Sequence", "Ubrn", "EnqueuedAt", "DiscardedAt", QuarantineTable.ReplayedAsColumn],
            cancellationToken: cancellationToken))
        {
            letters.Add(new QuarantinedLetter(
                row.PartitionKey, row.RowKey, NameOf(row.GetString("Queue"), row.GetInt64("Sequence") ?? 0), row.GetString("Source") ?? row.GetString("Queue"),
                row.GetString("Ubrn"), row.GetDateTimeOffset("EnqueuedAt"), row.GetDateTimeOffset("DiscardedAt"),
                row.GetString(QuarantineTable.ReplayedAsColumn) is not null));
        }

        return letters;
    }

    /// <summary>The bodies that were stored before an instant, by name.</summary>
    public async Task<IReadOnlyList<string>> BodiesBeforeAsync(DateTimeOffset instant, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var blob in _bodies.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix: null, cancellationToken))
        {
            if (blob.Properties.LastModified < instant) names.Add(blob.Name);
        }

        return names;
    }

    /// <summary>Deletes the body before the row: after a stop the row is still there, and the next run goes on.</summary>
    public async Task DeleteAsync(QuarantinedLetter letter, CancellationToken cancellationToken)
    {
        await DeleteBodyAsync(letter.Body, cancellationToken);
        await _table.DeleteEntityAsync(letter.Partition, letter.RowKey, ETag.All, cancellationToken);
    }

    public async Task DeleteBodyAsync(string name, CancellationToken cancellationToken) =>
        await _bodies.GetBlobClient(name).DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken);

    private static string NameOf(string queue, long sequence) => string.Create(CultureInfo.InvariantCulture, $"{queue}/{sequence:D19}");
}
