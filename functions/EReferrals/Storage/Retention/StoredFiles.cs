using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using EReferrals.Referrals.Letters;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Retention;

/// <summary>
/// Walks over the attachments and deletes some: 1 note the id, so that a verdict from now on is recognised, 2 mark the row, from when nobody finds the file,
/// 3 delete the bytes, 4 delete the row, 5 take it out of the index. After a stop before 4 the row is still there, so the walk, and an erasure by the index,
/// find it and go on.
/// </summary>
public sealed class StoredFiles(StorageClients storage, PendingScans pending, FileIndex index, DeletedFiles deleted)
{
    private readonly TableClient _table = storage.ForWriting(TableKeys.Attachments);
    private readonly BlobContainerClient _blobs = storage.RecordsContainer(Containers.Attachments);

    /// <summary>A page of all attachments, in the order of their ids.</summary>
    /// <param name="place">Where the previous page ended; null at the start.</param>
    public async Task<FilePage> PageAsync(string? place, int size, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"RowKey ge {TableKeys.AttachmentsFrom} and RowKey lt {TableKeys.AttachmentsTo}");
        await foreach (var page in _table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken).AsPages(place, size))
        {
            return new FilePage([.. page.Values.Select(StoredOf)], page.ContinuationToken);
        }

        return new FilePage([], null);
    }

    public async Task<StoredFile?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var row = await _table.GetEntityIfExistsAsync<TableEntity>(id, TableKeys.Attachment(id), cancellationToken: cancellationToken);
        return row.HasValue ? StoredOf(row.Value!) : null;
    }

    /// <summary>False when the row has changed since it was read, for example because a referral was linked to it; nothing is deleted then.</summary>
    public async Task<bool> DeleteAsync(StoredFile file, CancellationToken cancellationToken)
    {
        var id = file.Attachment.Id;
        await deleted.NoteAsync(id, cancellationToken);
        try
        {
            var marked = new TableEntity(id, TableKeys.Attachment(id)) { [AttachmentTable.DeletingColumn] = true };
            if (!file.IsDeleting) await _table.UpdateEntityAsync(marked, new ETag(file.Tag), TableUpdateMode.Merge, cancellationToken);
        }
        catch (RequestFailedException ex) when (ex.Status is 404 or 412)
        {
            // An earlier attempt whose response was lost may have marked or deleted it.
            var now = await FindAsync(id, cancellationToken);
            if (now is null) return true;
            if (!now.IsDeleting) return false;
        }

        await _blobs.GetBlobClient(id).DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken);
        await pending.ClearAsync(file.Attachment, cancellationToken);
        await _table.DeleteEntityAsync(id, TableKeys.Attachment(id), ETag.All, cancellationToken);
        await index.RemoveAsync(file.Attachment, cancellationToken);
        return true;
    }

    private static StoredFile StoredOf(TableEntity row) =>
        new(AttachmentTable.AttachmentOf(row), AttachmentTable.IsDeleting(row), row.ETag.ToString());
}

/// <param name="Next">The place of the next page; null when this is the last.</param>
public sealed record FilePage(IReadOnlyList<StoredFile> Files, string? Next);

/// <param name="IsDeleting">Its deletion has begun.</param>
/// <param name="Tag">The ETag of the row.</param>
public sealed record StoredFile(Attachment Attachment, bool IsDeleting, string Tag);
