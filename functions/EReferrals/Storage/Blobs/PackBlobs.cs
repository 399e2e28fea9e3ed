using System.Globalization;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;
using EReferrals.Referrals.Retention;

namespace EReferrals.Storage.Blobs;

/// <summary>
/// The contingency packs, <c>{organisation}/{side}.zip</c>: one blob each, which the next pack replaces, with a snapshot of each generation that has a link.
/// </summary>
public sealed class PackBlobs(StorageClients storage)
{
    private const string ContentsKey = "contents";
    private const string GeneratedKey = "generated";
    private const string EndedKey = "ended";

    // The lifecycle rule deletes a snapshot afterwards.
    private static readonly TimeSpan SnapshotKept = TimeSpan.FromDays(RetentionTable.LinkedPackDays);
    private const int ReadSize = 1024 * 1024;

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
    /// The generation that a link reads, as a stream that can be searched and reads from storage what is asked for: never the whole pack at once.
    /// </summary>
    /// <param name="snapshot">The id of the link.</param>
    public Task<Stream> OpenAsync(PackName name, string snapshot, CancellationToken cancellationToken) =>
        Blob(name).WithSnapshot(snapshot).OpenReadAsync(new BlobOpenReadOptions(allowModifications: false) { BufferSize = ReadSize }, cancellationToken);

    /// <summary>
    /// Starts an upload that stages blocks while the pack is written, so that a pack of any size needs little memory. The pack is invisible until
    /// <see cref="PackUpload.CommitAsync"/>.
    /// </summary>
    /// <param name="before">The pack to replace; null when there is none.</param>
    public PackUpload Begin(PackName name, StoredPack? before) => new(_container.GetBlockBlobClient(name.ToString()), before);

    /// <summary>
    /// A link to this generation of a pack until it expires. It reads a snapshot, so that the links of one organisation end when its snapshots are deleted. All
    /// links to a generation read the same snapshot, unless that is deleted too early. The link needs only the storage account, not this service.
    /// </summary>
    /// <param name="pack">The generation that was found.</param>
    /// <returns>Null when another pack has replaced this generation, or when it may have no more links.</returns>
    public async Task<PackLink?> LinkAsync(PackName name, StoredPack pack, DateTimeOffset expires, CancellationToken cancellationToken)
    {
        var blob = Blob(name);
        if (pack.IsEnded) return null;
        var snapshot = await PresentSnapshotAsync(name, pack, expires, cancellationToken) ?? await SnapshotAsync(blob, pack, cancellationToken);
        if (snapshot is null) return null;
        var sas = new BlobSasBuilder(BlobSasPermissions.Read, expires)
        {
            BlobContainerName = blob.BlobContainerName,
            BlobName = blob.Name,
            Snapshot = snapshot,
            Resource = "bs",
            Protocol = blob.Uri.Scheme == Uri.UriSchemeHttps ? SasProtocol.Https : SasProtocol.HttpsAndHttp,
        };
        var generation = blob.WithSnapshot(snapshot);
        // The emulator has an account key. Azure has none, so the identity's delegation key signs the link.
        if (generation.CanGenerateSasUri) return new PackLink(snapshot, generation.GenerateSasUri(sas), expires);
        var key = await storage.ContingencyDelegationKeyAsync(expires, cancellationToken);
        return new PackLink(snapshot, new BlobUriBuilder(generation.Uri) { Sas = sas.ToSasQueryParameters(key, blob.AccountName) }.ToUri(), expires);
    }

    /// <summary>Ends all links to packs of an organisation, and no others. Idempotent.</summary>
    /// <returns>The number of links that this call ended.</returns>
    public async Task<int> EndLinksAsync(string organisation, CancellationToken cancellationToken)
    {
        var ended = 0;
        await foreach (var blob in _container.GetBlobsAsync(BlobTraits.None, BlobStates.Snapshots, $"{organisation}/", cancellationToken))
        {
            if (blob.Snapshot is not { } snapshot) continue;
            if (await _container.GetBlobClient(blob.Name).WithSnapshot(snapshot).DeleteIfExistsAsync(cancellationToken: cancellationToken)) ended++;
        }

        return ended;
    }

    /// <summary>
    /// Ends the links to the generations of a pack that a condition holds for. The current pack stays readable until the next one replaces it, but gets no
    /// link. Idempotent.
    /// </summary>
    /// <returns>Whether the condition holds for the current pack.</returns>
    public async Task<bool> EndLinksAsync(PackName name, Func<StoredPack, bool> isMeant, CancellationToken cancellationToken)
    {
        // The current pack first: afterwards it gets no new snapshot, because the ETag of the pack that a request found has changed.
        var current = await FindAsync(name, cancellationToken);
        while (current is { IsEnded: false } && isMeant(current))
        {
            await TryEndAsync(name, current, cancellationToken);
            current = await FindAsync(name, cancellationToken);
        }

        await foreach (var (snapshot, pack) in SnapshotsAsync(name, cancellationToken))
        {
            if (isMeant(pack)) await Blob(name).WithSnapshot(snapshot).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        }

        return current is not null && isMeant(current);
    }

    private async Task TryEndAsync(PackName name, StoredPack pack, CancellationToken cancellationToken)
    {
        var metadata = MetadataOf(pack.Contents, pack.Generated);
        metadata[EndedKey] = bool.TrueString;
        try
        {
            await Blob(name).SetMetadataAsync(metadata, new BlobRequestConditions { IfMatch = new ETag(pack.Tag) }, cancellationToken);
        }
        catch (RequestFailedException ex) when (ex.Status == 412)
        {
            // Another pack has replaced it, or an earlier attempt whose response was lost succeeded.
        }
    }

    private async IAsyncEnumerable<(string Id, StoredPack Pack)> SnapshotsAsync(
        PackName name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var blob in _container.GetBlobsAsync(BlobTraits.Metadata, BlobStates.Snapshots, name.ToString(), cancellationToken))
        {
            if (blob.Snapshot is null) continue;
            yield return (blob.Snapshot, StoredOf(blob.Metadata, blob.Properties.ContentLength ?? 0, blob.Properties.ETag ?? default));
        }
    }

    // A snapshot of this generation that lasts as long as the link; null when there is none.
    private async Task<string?> PresentSnapshotAsync(PackName name, StoredPack pack, DateTimeOffset expires, CancellationToken cancellationToken)
    {
        await foreach (var (id, snapshot) in SnapshotsAsync(name, cancellationToken))
        {
            var isLasting = DateTimeOffset.Parse(id, CultureInfo.InvariantCulture) + SnapshotKept >= expires;
            if (isLasting && snapshot with { Tag = pack.Tag } == pack) return id;
        }

        return null;
    }

    // Null when the blob is no longer this generation.
    private static async Task<string?> SnapshotAsync(BlobClient blob, StoredPack pack, CancellationToken cancellationToken)
    {
        try
        {
            var same = new BlobRequestConditions { IfMatch = new ETag(pack.Tag) };
            BlobSnapshotInfo made = await blob.CreateSnapshotAsync(conditions: same, cancellationToken: cancellationToken);
            return made.Snapshot;
        }
        catch (RequestFailedException ex) when (ex.Status == 412)
        {
            return null;
        }
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
        tag.ToString("H"),
        metadata?.ContainsKey(EndedKey) == true);

    private BlobClient Blob(PackName name) => _container.GetBlobClient(name.ToString());
}

/// <param name="Contents">The builder's summary of the contents: equal texts mean equal packs.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Tag">The blob's ETag.</param>
/// <param name="IsEnded">It gets no links.</param>
public sealed record StoredPack(string Contents, DateTimeOffset Generated, long Size, string Tag, bool IsEnded = false);

/// <param name="Id">The snapshot that the link reads. The log of the storage account has it in the address of each read.</param>
public sealed record PackLink(string Id, Uri Address, DateTimeOffset Expires);
