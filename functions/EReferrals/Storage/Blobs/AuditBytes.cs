using System.Globalization;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace EReferrals.Storage.Blobs;

/// <summary>Reads ranges of the audit trail in both accounts, as they are at the moment and without a lease, so that writers go on.</summary>
public sealed class AuditBytes(StorageClients storage)
{
    /// <summary>The audit account and its reserve, by the numbers 0 and 1.</summary>
    internal const int Accounts = 2;

    /// <summary>The blobs of a day (UTC) in one account, by name: <c>yyyy/MM/dd/HH/...</c>.</summary>
    internal async Task<IReadOnlyList<string>> NamesAsync(int account, DateOnly day, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        var options = new GetBlobsOptions { Prefix = PrefixOf(day) };
        await foreach (var blob in Container(account).GetBlobsAsync(options, cancellationToken)) names.Add(blob.Name);
        return names;
    }

    /// <summary>At most so many bytes from an offset; none at the end of the blob.</summary>
    internal async Task<ReadOnlyMemory<byte>> ReadAsync(int account, string name, long offset, int length, CancellationToken cancellationToken)
    {
        try
        {
            var options = new BlobDownloadOptions { Range = new HttpRange(offset, length) };
            return (await Container(account).GetBlobClient(name).DownloadContentAsync(options, cancellationToken)).Value.Content.ToMemory();
        }
        catch (RequestFailedException ex) when (ex.Status == 416)
        {
            return default;
        }
    }

    internal static string PrefixOf(DateOnly day) => day.ToString("yyyy'/'MM'/'dd'/'", CultureInfo.InvariantCulture);

    private BlobContainerClient Container(int account) => account == 0 ? storage.AuditContainer() : storage.AuditReserveContainer();
}
