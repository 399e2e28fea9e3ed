using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace EReferrals.Storage.Tables;

/// <summary>
/// Dead letters that were taken off their queue: a row for each, in a partition for the queue that numbered it, and the body in a blob of the contingency
/// account. A discarded letter moves to another partition and keeps its body, so that a mistaken discard can be undone.
/// </summary>
public sealed class QuarantineTable(StorageClients storage)
{
    internal const string ReplayedAsColumn = "ReplayedAs";

    private readonly TableClient _reading = storage.ForReading(TableKeys.Quarantine);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Quarantine);
    private readonly BlobContainerClient _bodies = storage.ContingencyContainer(Containers.Quarantine);

    /// <summary>Writes the body before the row, so that a row always has a body. Idempotent.</summary>
    public async Task SaveAsync(DeadLetter letter, BinaryData body, CancellationToken cancellationToken)
    {
        await BodyOf(letter.Id).UploadAsync(body, overwrite: true, cancellationToken);
        await _writing.UpsertEntityAsync(RowOf(letter, letter.Id.Queue), TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>The dead letter; null when it does not exist.</summary>
    public async Task<DeadLetter?> FindAsync(DeadLetterId id, CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(id.Queue, TableKeys.DeadLetter(id), cancellationToken: cancellationToken);
        return row.HasValue ? LetterOf(row.Value!) : null;
    }

    /// <summary>The dead letters of these queues, queue by queue, the newest of each queue first.</summary>
    public async Task<IReadOnlyList<DeadLetter>> ListAsync(
        IReadOnlyList<string> queues, DeadLetterId? after, int limit, CancellationToken cancellationToken)
    {
        var letters = new List<DeadLetter>();
        foreach (var queue in queues.SkipWhile(queue => after is { } id && queue != id.Queue))
        {
            var from = after is { } last && last.Queue == queue ? TableKeys.DeadLetter(last) : "";
            var filter = TableClient.CreateQueryFilter($"PartitionKey eq {queue} and RowKey gt {from}");
            await foreach (var row in _reading.QueryAsync<TableEntity>(filter, limit, cancellationToken: cancellationToken))
            {
                letters.Add(LetterOf(row));
                if (letters.Count == limit) return letters;
            }
        }

        return letters;
    }

    /// <summary>The number of dead letters of a queue that wait for an operator's decision.</summary>
    public async Task<int> CountAsync(string queue, CancellationToken cancellationToken)
    {
        var count = 0;
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {queue}");
        await foreach (var _ in _reading.QueryAsync<TableEntity>(filter, select: ["RowKey"], cancellationToken: cancellationToken)) count++;
        return count;
    }

    /// <summary>The body; null when the blob does not exist.</summary>
    public async Task<BinaryData?> BodyAsync(DeadLetterId id, CancellationToken cancellationToken)
    {
        try
        {
            var download = await BodyOf(id).DownloadContentAsync(cancellationToken);
            return download.Value.Content;
        }
        catch (RequestFailedException ex) when (ex.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
    }

    /// <summary>Notes that a letter was replayed, so that a repeat of the request gets the same answer.</summary>
    /// <param name="messageId">The id of the message that was sent.</param>
    public async Task NoteReplayAsync(DeadLetter letter, string messageId, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var row = RowOf(letter, TableKeys.Replayed(letter.Id.Queue));
        row[ReplayedAsColumn] = messageId;
        row["DiscardedAt"] = at;
        await _writing.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>The id of the message that a letter was replayed as; null when it was not, or long ago.</summary>
    public async Task<string?> ReplayedAsAsync(DeadLetterId id, CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(
            TableKeys.Replayed(id.Queue), TableKeys.DeadLetter(id), cancellationToken: cancellationToken);
        return row.HasValue ? row.Value!.GetString(ReplayedAsColumn) : null;
    }

    public async Task<bool> IsDiscardedAsync(DeadLetterId id, CancellationToken cancellationToken) => (await _reading.GetEntityIfExistsAsync<TableEntity>(
        TableKeys.Discarded(id.Queue), TableKeys.DeadLetter(id), cancellationToken: cancellationToken)).HasValue;

    /// <summary>
    /// Removes a replayed letter. Deletes the row before the body: a stop between the two leaves a body without a row, never a row without a body.
    /// </summary>
    public async Task RemoveAsync(DeadLetterId id, CancellationToken cancellationToken)
    {
        await _writing.DeleteEntityAsync(id.Queue, TableKeys.DeadLetter(id), ETag.All, cancellationToken);
        await BodyOf(id).DeleteIfExistsAsync(DeleteSnapshotsOption.None, cancellationToken: cancellationToken);
    }

    /// <summary>
    /// Moves a letter to the discarded ones. Writes the new row before it deletes the old one: a stop between the two leaves both, and discarding again
    /// completes the move.
    /// </summary>
    public async Task DiscardAsync(DeadLetter letter, Discarding discarding, CancellationToken cancellationToken)
    {
        var row = RowOf(letter, TableKeys.Discarded(letter.Id.Queue));
        row["DiscardReason"] = discarding.Reason;
        row["DiscardedBy"] = discarding.By;
        row["DiscardedAt"] = discarding.At;
        await _writing.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
        await _writing.DeleteEntityAsync(letter.Id.Queue, TableKeys.DeadLetter(letter.Id), ETag.All, cancellationToken);
    }

    private BlobClient BodyOf(DeadLetterId id) => _bodies.GetBlobClient($"{id.Queue}/{id.Sequence:D19}");

    private static TableEntity RowOf(DeadLetter letter, string partition) => new(partition, TableKeys.DeadLetter(letter.Id))
    {
        ["Queue"] = letter.Id.Queue,
        ["Source"] = letter.Queue,
        ["Sequence"] = letter.Id.Sequence,
        ["Reason"] = letter.Reason,
        ["Description"] = letter.Description,
        ["MessageId"] = letter.MessageId,
        ["CorrelationId"] = letter.CorrelationId,
        ["Subject"] = letter.Subject,
        ["ContentType"] = letter.ContentType,
        ["Ubrn"] = letter.Ubrn,
        ["EnqueuedAt"] = letter.EnqueuedAt,
        ["DeadLetteredAt"] = letter.DeadLetteredAt,
        ["DeliveryCount"] = letter.DeliveryCount,
    };

    private static DeadLetter LetterOf(TableEntity row) => new(
        new DeadLetterId(row.GetString("Queue"), row.GetInt64("Sequence") ?? 0),
        row.GetString("Source") ?? row.GetString("Queue"),
        row.GetString("Reason"),
        row.GetString("Description"),
        row.GetString("MessageId"),
        row.GetString("CorrelationId"),
        row.GetString("Subject"),
        row.GetString("ContentType"),
        row.GetString("Ubrn"),
        row.GetDateTimeOffset("EnqueuedAt") ?? default,
        row.GetDateTimeOffset("DeadLetteredAt") ?? default,
        row.GetInt32("DeliveryCount") ?? 0);
}

/// <summary>Who discarded a dead letter, when, and why.</summary>
public sealed record Discarding(string By, DateTimeOffset At, string Reason);
