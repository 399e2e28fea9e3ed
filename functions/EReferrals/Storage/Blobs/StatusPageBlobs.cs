using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace EReferrals.Storage.Blobs;

/// <summary>The status page as files, in the container that is served apart from this service.</summary>
public sealed class StatusPageBlobs(StorageClients storage, Settings settings)
{
    private readonly BlobContainerClient _container = storage.ContingencyContainer(settings.StatusPageContainer);

    public async Task WriteAsync(string name, string contentType, byte[] content, CancellationToken cancellationToken)
    {
        // A copy kept on the way would be old without anybody's fault.
        var options = new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = contentType, CacheControl = "no-cache" } };
        await _container.GetBlobClient(name).UploadAsync(BinaryData.FromBytes(content), options, cancellationToken);
    }
}
