using Azure.Data.Tables;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage;

/// <summary>The cheapest question each store can be asked. An answer is an answer, whatever it says; no answer throws.</summary>
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
