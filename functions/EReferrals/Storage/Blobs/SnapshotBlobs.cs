using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;

namespace EReferrals.Storage.Blobs;

/// <summary>
/// The snapshots of the worklists, <c>{organisation}/{list}.json</c>, <c>.csv</c> and <c>.html</c>, in the contingency account. An older version never
/// replaces a newer one, in whatever order the writers run.
/// </summary>
public sealed class SnapshotBlobs(StorageClients storage)
{
    public const string Json = "json";
    public const string Csv = "csv";
    public const string Html = "html";

    private const string VersionKey = "version";
    private const int MaxAttempts = 8;

    private readonly BlobContainerClient _container = storage.ContingencyContainer(Containers.Snapshots);

    public static byte[] ToJson(WholeList list) => JsonSerializer.SerializeToUtf8Bytes(list, StorageJson.Default.WholeList);

    public static WholeList FromJson(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, StorageJson.Default.WholeList) ?? throw new InvalidDataException("A snapshot is empty.");

    /// <summary>The list version of the stored snapshot; null when there is none.</summary>
    public async Task<long?> VersionAsync(WorklistName worklist, string form, CancellationToken cancellationToken) =>
        (await StoredAsync(Blob(worklist, form), cancellationToken))?.Version;

    /// <summary>Stores the list in one format, unless this version or a newer one is already stored.</summary>
    public async Task WriteAsync(
        WorklistName worklist, string form, string contentType, long version, BinaryData content, CancellationToken cancellationToken)
    {
        var blob = Blob(worklist, form);
        for (var attempt = 1; ; attempt++)
        {
            var before = await StoredAsync(blob, cancellationToken);
            if (before?.Version >= version) return;
            var options = new BlobUploadOptions
            {
                HttpHeaders = new BlobHttpHeaders { ContentType = contentType },
                Metadata = new Dictionary<string, string> { [VersionKey] = version.ToString(CultureInfo.InvariantCulture) },
                Conditions = before is null ? new BlobRequestConditions { IfNoneMatch = ETag.All } : new BlobRequestConditions { IfMatch = before.Tag },
            };
            try
            {
                await blob.UploadAsync(content, options, cancellationToken);
                return;
            }
            catch (RequestFailedException ex) when (ex.Status is 409 or 412 && attempt < MaxAttempts)
            {
                // Another writer, or an earlier attempt of ours whose response was lost, stored a version: compare with it.
            }
        }
    }

    /// <summary>The stored snapshot; null when there is none. Returns <paramref name="known"/> itself when that is still current.</summary>
    public async Task<StoredSnapshot?> ReadAsync(WorklistName worklist, string form, StoredSnapshot? known, CancellationToken cancellationToken)
    {
        var options = new BlobDownloadOptions();
        if (known is not null) options.Conditions = new BlobRequestConditions { IfNoneMatch = new ETag(known.Tag) };
        try
        {
            var response = await Blob(worklist, form).DownloadContentAsync(options, cancellationToken);
            // 304 Not Modified, which the client does not treat as a failure.
            if (!response.HasValue) return known;
            var download = response.Value;
            return new StoredSnapshot(download.Content, VersionOf(download.Details.Metadata), download.Details.ETag.ToString());
        }
        catch (RequestFailedException ex) when (ex.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
    }

    /// <summary>All lists that have a snapshot, in the order of the organisations.</summary>
    public async IAsyncEnumerable<(WorklistName Worklist, long Version)> AllAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var blob in _container.GetBlobsAsync(BlobTraits.Metadata, BlobStates.None, prefix: null, cancellationToken))
        {
            if (blob.Name.Split('/') is [var organisation, var file] && Path.GetExtension(file) == $".{Json}"
                && Code.TryParse<Worklist>(Path.GetFileNameWithoutExtension(file), out var list))
            {
                yield return (new WorklistName(organisation, list), VersionOf(blob.Metadata));
            }
        }
    }

    /// <summary>The number of lists that have a snapshot, and when the newest was written.</summary>
    public async Task<SnapshotCount?> CountAsync(CancellationToken cancellationToken)
    {
        var count = new SnapshotCount(0, null);
        await foreach (var blob in _container.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix: null, cancellationToken))
        {
            if (Path.GetExtension(blob.Name) != $".{Json}") continue;
            var written = blob.Properties.LastModified;
            count = new SnapshotCount(count.Lists + 1, count.LastWritten > written ? count.LastWritten : written);
        }

        return count;
    }

    private BlobClient Blob(WorklistName worklist, string form) =>
        _container.GetBlobClient($"{worklist.Organisation}/{Code.From(worklist.List)}.{form}");

    private static async Task<Stored?> StoredAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            BlobProperties properties = await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
            return new Stored(VersionOf(properties.Metadata), properties.ETag);
        }
        catch (RequestFailedException ex) when (ex.Status == 404 && ex.ErrorCode != BlobErrorCode.ContainerNotFound)
        {
            return null;
        }
    }

    // A blob without a version in its metadata is not a snapshot: any version replaces it.
    private static long VersionOf(IDictionary<string, string>? metadata) =>
        metadata is not null && metadata.TryGetValue(VersionKey, out var text)
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : -1;

    private sealed record Stored(long Version, ETag Tag);
}

/// <param name="Version">The list's version.</param>
/// <param name="Tag">The blob's ETag.</param>
public sealed record StoredSnapshot(BinaryData Content, long Version, string Tag);
