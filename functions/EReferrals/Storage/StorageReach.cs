using Azure.Data.Tables;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage;

/// <summary>The cheapest question each store can be asked. An answer is an answer, whatever it says; no answer throws.</summary>
public sealed class StorageReach(StorageClients storage)
{
    public async Task ReachTablesAsync(CancellationToken cancellation) =>
        await storage.ForReading(TableKeys.Allocator)
            .GetEntityIfExistsAsync<TableEntity>(TableKeys.Ubrns, TableKeys.NextUbrn, cancellationToken: cancellation);

    public async Task ReachRecordsBlobsAsync(CancellationToken cancellation) =>
        await storage.RecordsContainer(Containers.Attachments).ExistsAsync(cancellation);

    public async Task ReachContingencyBlobsAsync(CancellationToken cancellation) =>
        await storage.ContingencyContainer(Containers.Snapshots).ExistsAsync(cancellation);
}
