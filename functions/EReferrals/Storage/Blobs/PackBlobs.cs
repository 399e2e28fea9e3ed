using System.Globalization;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace EReferrals.Storage.Blobs;

/// <summary>The contingency packs, <c>{organisation}/{side}.zip</c>: one blob each, which the next pack replaces.</summary>
public sealed class PackBlobs(StorageClients storage)
{
    private const string ContentsKey = "contents";
    private const string GeneratedKey = "generated";

    private readonly BlobContainerClient _container = storage.ContingencyContainer(Containers.Packs);

    /// <summary>The metadata of a pack; null when there is none.</summary>
    public async Task<StoredPack?> FindAsync(PackName name, CancellationToken cancellationToken)
    {
        try
        {
            BlobProperties properties = await Blob(name).GetPropertiesAsync(cancellationToken: cancellationToken);
            return StoredOf(properties.Metadata, properties.ContentLength, properties.ETag);
        }
        catch (RequestFailedException ex) when (ex.Status == 404 && ex.ErrorCode != BlobErrorCode.ContainerNotFound)
        {
            return null;
        }
    }

    /// <summary>All packs, by name.</summary>
    public async Task<IReadOnlyDictionary<string, StoredPack>> AllAsync(CancellationToken cancellationToken)
    {
        var all = new Dictionary<string, StoredPack>(StringComparer.Ordinal);
        await foreach (var blob in _container.GetBlobsAsync(BlobTraits.Metadata, BlobStates.None, prefix: null, cancellationToken))
        {
            all[blob.Name] = StoredOf(blob.Metadata, blob.Properties.ContentLength ?? 0, blob.Properties.ETag ?? default);
        }

        return all;
    }

    /// <summary>The current pack with the metadata of the same response, because a newer pack may have replaced the one that was found.</summary>
    public async Task<(StoredPack Pack, BinaryData Content)> ReadAsync(PackName name, CancellationToken cancellationToken)
    {
        BlobDownloadResult read = await Blob(name).DownloadContentAsync(cancellationToken);
        return (StoredOf(read.Details.Metadata, read.Content.ToMemory().Length, read.Details.ETag), read.Content);
    }

    /// <summary>
    /// Starts an upload that stages blocks while the pack is written, so that a pack of any size needs little memory. The pack is invisible until
    /// <see cref="PackUpload.CommitAsync"/>.
    /// </summary>
    /// <param name="before">The pack to replace; null when there is none.</param>
    public PackUpload Begin(PackName name, StoredPack? before) => new(_container.GetBlockBlobClient(name.ToString()), before);

    /// <summary>A link to this pack, and to the packs that replace it, until it expires. The link needs only the storage account, not this service.</summary>
    public async Task<Uri> LinkAsync(PackName name, DateTimeOffset expires, CancellationToken cancellationToken)
    {
        var blob = Blob(name);
        var sas = new BlobSasBuilder(BlobSasPermissions.Read, expires)
        {
            BlobContainerName = blob.BlobContainerName,
            BlobName = blob.Name,
            Resource = "b",
            Protocol = blob.Uri.Scheme == Uri.UriSchemeHttps ? SasProtocol.Https : SasProtocol.HttpsAndHttp,
        };
        // The emulator has an account key. Azure has none, so the identity's delegation key signs the link.
        if (blob.CanGenerateSasUri) return blob.GenerateSasUri(sas);
        var key = await storage.ContingencyDelegationKeyAsync(expires, cancellationToken);
        return new BlobUriBuilder(blob.Uri) { Sas = sas.ToSasQueryParameters(key, blob.AccountName) }.ToUri();
    }

    internal static Dictionary<string, string> MetadataOf(string contents, DateTimeOffset generated) => new()
    {
        [ContentsKey] = contents,
        [GeneratedKey] = generated.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
    };

    // A blob without pack metadata counts as older than any pack.
    private static StoredPack StoredOf(IDictionary<string, string>? metadata, long size, ETag tag) => new(
        metadata is not null && metadata.TryGetValue(ContentsKey, out var contents) ? contents : "",
        metadata is not null && metadata.TryGetValue(GeneratedKey, out var text)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : DateTimeOffset.UnixEpoch,
        size,
        tag.ToString("H"));

    private BlobClient Blob(PackName name) => _container.GetBlobClient(name.ToString());
}

/// <param name="Contents">The builder's summary of the contents: equal texts mean equal packs.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Tag">The blob's ETag.</param>
public sealed record StoredPack(string Contents, DateTimeOffset Generated, long Size, string Tag);
