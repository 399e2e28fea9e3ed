using Azure.Data.Tables;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage;

/// <summary>Sends a cheap request to each store. Throws when the store does not respond or refuses; a missing row or container is still a response.</summary>
public sealed class StorageReach(StorageClients storage)
{
    public async Task ReachTablesAsync(CancellationToken cancellationToken) =>
        await storage.ForReading(TableKeys.Allocator)
            .GetEntityIfExistsAsync<TableEntity>(TableKeys.Ubrns, TableKeys.NextUbrn, cancellationToken: cancellationToken);

    public async Task ReachRecordsBlobsAsync(CancellationToken cancellationToken) =>
        await storage.RecordsContainer(Containers.Attachments).ExistsAsync(cancellationToken);

    public async Task ReachContingencyBlobsAsync(CancellationToken cancellationToken) =>
        await storage.ContingencyContainer(Containers.Snapshots).ExistsAsync(cancellationToken);
}
