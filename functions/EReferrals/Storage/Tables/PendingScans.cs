using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals.Letters;

namespace EReferrals.Storage.Tables;

/// <summary>Which files wait for the scanner: one row each from the upload to the verdict, in the order of upload.</summary>
public sealed class PendingScans(StorageClients storage)
{
    private const string IdColumn = "Id";
    private const string ToldColumn = "Told";

    private readonly TableClient _reading = storage.ForReading(TableKeys.Attachments);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Attachments);

    public Task NoteAsync(Attachment attachment, CancellationToken cancellation) =>
        _writing.UpsertEntityAsync(RowOf(KeyOf(attachment), attachment.Id), TableUpdateMode.Replace, cancellation);

    /// <summary>It waits no more. Fine when it did not.</summary>
    public async Task ClearAsync(Attachment attachment, CancellationToken cancellation) =>
        await _writing.DeleteEntityAsync(TableKeys.PendingScans, KeyOf(attachment), ETag.All, cancellation);

    /// <summary>Those that were uploaded before an instant, oldest first.</summary>
    public async IAsyncEnumerable<PendingScan> BeforeAsync(DateTimeOffset instant, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {TableKeys.PendingScans} and RowKey ge {TableKeys.PendingScansFrom} and RowKey lt {TableKeys.PendingScansAt(instant)}");
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, select: ["RowKey", IdColumn, ToldColumn], cancellationToken: cancellation))
        {
            yield return new PendingScan(row.GetString(IdColumn), row.RowKey, row.GetBoolean(ToldColumn) == true);
        }
    }

    public async Task RemoveAsync(PendingScan scan, CancellationToken cancellation) =>
        await _writing.DeleteEntityAsync(TableKeys.PendingScans, scan.Key, ETag.All, cancellation);

    /// <summary>Everybody who waits for the file knows that it is late.</summary>
    public async Task MarkToldAsync(PendingScan scan, CancellationToken cancellation)
    {
        var row = RowOf(scan.Key, scan.Id);
        row[ToldColumn] = true;
        try
        {
            // Not an upsert: the verdict may have come and taken the row away.
            await _writing.UpdateEntityAsync(row, ETag.All, TableUpdateMode.Replace, cancellation);
        }
        catch (RequestFailedException gone) when (gone.Status == 404)
        {
        }
    }

    private static TableEntity RowOf(string key, string id) => new(TableKeys.PendingScans, key) { [IdColumn] = id };

    private static string KeyOf(Attachment attachment) => TableKeys.PendingScan(attachment.UploadedAt, attachment.Id);
}

/// <param name="Key">Of its row.</param>
/// <param name="IsTold">The referral that it is linked to, if any, says that it is late.</param>
public sealed record PendingScan(string Id, string Key, bool IsTold);
