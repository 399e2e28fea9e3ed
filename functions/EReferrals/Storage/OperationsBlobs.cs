using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace EReferrals.Storage;

/// <summary>
/// Small documents that every instance reads, in the contingency account: they must be readable and changeable while the records account
/// is away.
/// </summary>
public sealed class OperationsBlobs(StorageClients storage)
{
    public const string Mode = "mode.json";
    public const string Reconciliation = "reconciliation.json";

    private readonly BlobContainerClient _container = storage.ContingencyContainer(Containers.Operations);

    /// <summary>Null when nobody has written it yet.</summary>
    public async Task<BinaryData?> ReadAsync(string name, CancellationToken cancellation)
    {
        try
        {
            var download = await _container.GetBlobClient(name).DownloadContentAsync(cancellation);
            return download.Value.Content;
        }
        catch (RequestFailedException missing) when (missing.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
    }

    public async Task WriteAsync(string name, BinaryData content, CancellationToken cancellation) =>
        await _container.GetBlobClient(name).UploadAsync(content, overwrite: true, cancellation);
}
