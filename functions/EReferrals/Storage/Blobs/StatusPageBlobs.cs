using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace EReferrals.Storage.Blobs;

/// <summary>The files of the status page, in a container that is served independently of this service.</summary>
public sealed class StatusPageBlobs(StorageClients storage, Settings settings)
{
    private readonly BlobContainerClient _container = storage.ContingencyContainer(settings.StatusPageContainer);

    public async Task WriteAsync(string name, string contentType, byte[] content, CancellationToken cancellationToken)
    {
        // A cached copy would look like an old status.
        var options = new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = contentType, CacheControl = "no-cache" } };
        await _container.GetBlobClient(name).UploadAsync(BinaryData.FromBytes(content), options, cancellationToken);
    }
}
