using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals.Letters;

namespace EReferrals.Storage.Tables;

/// <summary>The files that wait for the scanner, in the order of upload. Each has a row from the upload to the verdict.</summary>
public sealed class PendingScans(StorageClients storage)
{
    private const string IdColumn = "Id";
    private const string ToldColumn = "Told";

    private readonly TableClient _reading = storage.ForReading(TableKeys.Attachments);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Attachments);

    public Task NoteAsync(Attachment attachment, CancellationToken cancellationToken) =>
        _writing.UpsertEntityAsync(RowOf(KeyOf(attachment), attachment.Id), TableUpdateMode.Replace, cancellationToken);

    /// <summary>Removes the attachment from the waiting files. Idempotent.</summary>
    public async Task ClearAsync(Attachment attachment, CancellationToken cancellationToken) =>
        await _writing.DeleteEntityAsync(TableKeys.PendingScans, KeyOf(attachment), ETag.All, cancellationToken);

    /// <summary>The files uploaded before an instant, oldest first.</summary>
    public async IAsyncEnumerable<PendingScan> BeforeAsync(DateTimeOffset instant, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {TableKeys.PendingScans} and RowKey ge {TableKeys.PendingScansFrom} and RowKey lt {TableKeys.PendingScansAt(instant)}");
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, select: ["RowKey", IdColumn, ToldColumn], cancellationToken: cancellationToken))
        {
            yield return new PendingScan(row.GetString(IdColumn), row.RowKey, row.GetBoolean(ToldColumn) == true);
        }
    }

    public async Task RemoveAsync(PendingScan scan, CancellationToken cancellationToken) =>
        await _writing.DeleteEntityAsync(TableKeys.PendingScans, scan.Key, ETag.All, cancellationToken);

    /// <summary>Records that the referral of the file, if any, shows that the scan is late.</summary>
    public async Task MarkToldAsync(PendingScan scan, CancellationToken cancellationToken)
    {
        var row = RowOf(scan.Key, scan.Id);
        row[ToldColumn] = true;
        try
        {
            // Not an upsert: the verdict may have arrived and deleted the row.
            await _writing.UpdateEntityAsync(row, ETag.All, TableUpdateMode.Replace, cancellationToken);
        }
        catch (RequestFailedException ex) when (ex.Status == 404)
        {
        }
    }

    private static TableEntity RowOf(string key, string id) => new(TableKeys.PendingScans, key) { [IdColumn] = id };

    private static string KeyOf(Attachment attachment) => TableKeys.PendingScan(attachment.UploadedAt, attachment.Id);
}

/// <param name="Key">The row key.</param>
/// <param name="IsTold">Whether the referral of the file, if any, shows that the scan is late.</param>
public sealed record PendingScan(string Id, string Key, bool IsTold);
