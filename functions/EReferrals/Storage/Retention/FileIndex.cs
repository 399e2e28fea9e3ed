using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Retention;

/// <summary>
/// The files that name a referral, by its number: a row is written before the file names it, and deleted with the file. So a deletion finds files that no
/// version of the referral has. A row without a file is what an upload or a deletion left that stopped.
/// </summary>
public sealed class FileIndex(StorageClients storage)
{
    private readonly TableClient _table = storage.ForWriting(TableKeys.Attachments);

    public Task NoteAsync(string id, Ubrn ubrn, CancellationToken cancellationToken) =>
        _table.UpsertEntityAsync(new TableEntity(TableKeys.FilesOf(ubrn), TableKeys.FileOf(ubrn, id)), TableUpdateMode.Replace, cancellationToken);

    /// <summary>The ids of the files, and of uploads and deletions that stopped.</summary>
    public async Task<IReadOnlyList<string>> IdsAsync(Ubrn ubrn, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {TableKeys.FilesOf(ubrn)}");
        var ids = new List<string>();
        await foreach (var row in _table.QueryAsync<TableEntity>(filter, select: ["RowKey"], cancellationToken: cancellationToken))
        {
            ids.Add(row.RowKey[TableKeys.FileOf(ubrn, "").Length..]);
        }

        return ids;
    }

    /// <summary>Removes the file under every number that it names. Idempotent.</summary>
    public async Task RemoveAsync(Attachment file, CancellationToken cancellationToken)
    {
        foreach (var ubrn in new[] { file.UploadedFor, file.LinkedTo }.OfType<Ubrn>().Distinct()) await RemoveAsync(file.Id, ubrn, cancellationToken);
    }

    /// <summary>Removes what uploads and deletions left that stopped.</summary>
    public async Task ClearAsync(Ubrn ubrn, CancellationToken cancellationToken)
    {
        foreach (var id in await IdsAsync(ubrn, cancellationToken)) await RemoveAsync(id, ubrn, cancellationToken);
    }

    private async Task RemoveAsync(string id, Ubrn ubrn, CancellationToken cancellationToken) =>
        await _table.DeleteEntityAsync(TableKeys.FilesOf(ubrn), TableKeys.FileOf(ubrn, id), ETag.All, cancellationToken);
}
