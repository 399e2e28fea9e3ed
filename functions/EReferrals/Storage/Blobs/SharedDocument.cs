using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using EReferrals.Storage.Tables;

namespace EReferrals.Storage.Blobs;

/// <summary>
/// The small documents that all instances share, in the contingency account so that they can be read and changed while the tables are down.
/// </summary>
public sealed class SharedDocuments(StorageClients storage)
{
    /// <param name="empty">What the document says before it is first written.</param>
    public SharedDocument<T> Open<T>(string name, JsonTypeInfo<T> type, T empty) where T : class =>
        new(storage.ContingencyContainer(Containers.Operations).GetBlobClient(name), type, empty);
}

/// <summary>One JSON document in a blob. Reading it again costs its body only when it has changed; changing it never undoes another's change.</summary>
public sealed class SharedDocument<T> where T : class
{
    private const int Tries = 8;

    private readonly BlobClient _blob;
    private readonly JsonTypeInfo<T> _type;
    private readonly Version _absent;
    private volatile Version _known;

    internal SharedDocument(BlobClient blob, JsonTypeInfo<T> type, T empty)
    {
        _blob = blob;
        _type = type;
        _known = _absent = new Version(empty, default);
    }

    public async Task<T> ReadAsync(CancellationToken cancellationToken) => (await LatestAsync(cancellationToken)).Value;

    /// <param name="change">May be called several times, and on a value that has the change already: of a try whose answer was lost.</param>
    public async Task<T> ChangeAsync(Func<T, T> change, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = await LatestAsync(cancellationToken);
            var after = change(before.Value);
            if (ReferenceEquals(after, before.Value)) return after;
            try
            {
                await WriteAsync(after, before.IsStored ? new BlobRequestConditions { IfMatch = before.Tag } : new BlobRequestConditions { IfNoneMatch = ETag.All }, cancellationToken);
                return after;
            }
            catch (RequestFailedException ex) when (ex.Status is 409 or 412 && attempt < Tries)
            {
                // Somebody else was faster: their change first, then ours.
            }
        }
    }

    /// <summary>Puts it in the place of whatever is stored, readable or not. Of two who do so at once the later one counts.</summary>
    public Task ReplaceAsync(T value, CancellationToken cancellationToken) => WriteAsync(value, conditions: null, cancellationToken);

    private async Task<Version> LatestAsync(CancellationToken cancellationToken)
    {
        var known = _known;
        var options = new BlobDownloadOptions();
        if (known.IsStored) options.Conditions = new BlobRequestConditions { IfNoneMatch = known.Tag };
        try
        {
            var download = await _blob.DownloadContentAsync(options, cancellationToken);
            if (download.GetRawResponse().Status == 304) return known;
            var value = JsonSerializer.Deserialize(download.Value.Content.ToMemory().Span, _type)
                ?? throw new JsonException($"Document {_blob.Name} holds null.");
            return _known = new Version(value, download.Value.Details.ETag);
        }
        catch (RequestFailedException ex) when (ex.Status == 304)
        {
            return known;
        }
        catch (RequestFailedException ex) when (ex.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return _known = _absent;
        }
    }

    private async Task WriteAsync(T value, BlobRequestConditions? conditions, CancellationToken cancellationToken)
    {
        var options = new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" }, Conditions = conditions };
        var content = BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(value, _type));
        BlobContentInfo written = await _blob.UploadAsync(content, options, cancellationToken);
        _known = new Version(value, written.ETag);
    }

    private sealed record Version(T Value, ETag Tag)
    {
        public bool IsStored => Tag != default;
    }
}
