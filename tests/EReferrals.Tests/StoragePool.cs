using System.Collections.Concurrent;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using EReferrals.Local.Azurite;

namespace EReferrals.Tests;

/// <summary>Pairs of storage emulators that running apps have one after the other, emptied in between: a start takes longer than most tests.</summary>
internal static class StoragePool
{
    private static readonly ConcurrentBag<AzuriteSupervisor> Free = [];
    private static readonly ConcurrentDictionary<AzuriteSupervisor, string> Folders = new();

    static StoragePool() => AppDomain.CurrentDomain.ProcessExit += (_, _) => EndAll();

    public static async Task<AzuriteSupervisor> TakeAsync()
    {
        if (Free.TryTake(out var free)) return free;
        var folder = System.IO.Directory.CreateTempSubdirectory("ereferrals-storage-").FullName;
        var pair = await AzuriteSupervisor.StartAsync(folder);
        Folders[pair] = folder;
        return pair;
    }

    /// <summary>Takes back a pair that nobody uses any more. A pair that a test has stopped is ended.</summary>
    public static async Task ReturnAsync(AzuriteSupervisor pair)
    {
        if (pair.Records.IsRunning && pair.Contingency.IsRunning)
        {
            await Task.WhenAll(EmptyAsync(pair.Records), EmptyAsync(pair.Contingency));
            Free.Add(pair);
            return;
        }

        await pair.DisposeAsync();
        if (Folders.TryRemove(pair, out var folder)) System.IO.Directory.Delete(folder, recursive: true);
    }

    private static async Task EmptyAsync(AzuriteEmulator account)
    {
        var tables = new TableServiceClient(account.ConnectionString);
        await foreach (var table in tables.QueryAsync()) await tables.DeleteTableAsync(table.Name);
        var blobs = new BlobServiceClient(account.ConnectionString);
        await foreach (var container in blobs.GetBlobContainersAsync()) await blobs.DeleteBlobContainerAsync(container.Name);
    }

    // The processes would end with this one anyway, because their standard input closes.
    private static void EndAll()
    {
        foreach (var (pair, folder) in Folders)
        {
            Task.WaitAll(pair.Records.KillAsync(), pair.Contingency.KillAsync());
            System.IO.Directory.Delete(folder, recursive: true);
        }
    }
}
