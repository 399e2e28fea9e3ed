using System.Security.Cryptography;
using Azure;
using Azure.Data.Tables;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage;

/// <summary>
/// The random key that signs download addresses: one row beside the attachments. Whoever can read the row can read the attachments too, so it protects
/// nothing that its place does not protect already.
/// </summary>
public sealed class DownloadKeyTable(StorageClients storage)
{
    private const string KeyColumn = "Key";

    private readonly TableClient _table = storage.ForWriting(TableKeys.Attachments);

    public async Task<byte[]> ReadOrCreateAsync(CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken) is { } key) return key;
        var made = RandomNumberGenerator.GetBytes(32);
        try
        {
            await _table.AddEntityAsync(new TableEntity(TableKeys.DownloadKey, TableKeys.DownloadKey) { [KeyColumn] = made }, cancellationToken);
            return made;
        }
        catch (RequestFailedException ex) when (ex.Status == 409)
        {
            return await FindAsync(cancellationToken) ?? throw new InvalidOperationException("The download key exists but cannot be read.", ex);
        }
    }

    private async Task<byte[]?> FindAsync(CancellationToken cancellationToken)
    {
        var row = await _table.GetEntityIfExistsAsync<TableEntity>(TableKeys.DownloadKey, TableKeys.DownloadKey, cancellationToken: cancellationToken);
        return row.HasValue ? row.Value!.GetBinary(KeyColumn) : null;
    }
}
