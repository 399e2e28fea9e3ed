using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace EReferrals.Storage.Blobs;

/// <summary>One JSON document in a blob. A read downloads the body only when it has changed. A change never overwrites a concurrent change.</summary>
public sealed class SharedDocument<T> where T : class
{
    private const int MaxAttempts = 8;

    private readonly BlobClient _blob;
    private readonly JsonTypeInfo<T> _type;
    private readonly Version _absent;
    private volatile Version _cached;

    internal SharedDocument(BlobClient blob, JsonTypeInfo<T> type, T empty)
    {
        _blob = blob;
        _type = type;
        _cached = _absent = new Version(empty, default);
    }

    public async Task<T> ReadAsync(CancellationToken cancellationToken) => (await LatestAsync(cancellationToken)).Value;

    /// <param name="change">
    /// Computes the new value; the same object means no change. May run several times, also on a value that already has the change, from an attempt whose
    /// response was lost.
    /// </param>
    public async Task<T> ChangeAsync(Func<T, T> change, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = await LatestAsync(cancellationToken);
            var after = change(before.Value);
            if (ReferenceEquals(after, before.Value)) return after;
            try
            {
                var unchanged = before.IsStored
                    ? new BlobRequestConditions { IfMatch = before.Tag }
                    : new BlobRequestConditions { IfNoneMatch = ETag.All };
                await WriteAsync(after, unchanged, cancellationToken);
                return after;
            }
            catch (RequestFailedException ex) when (ex.Status is 409 or 412 && attempt < MaxAttempts)
            {
                // Another writer changed the document first: read it again and apply the change to that.
            }
        }
    }

    /// <summary>Overwrites the stored value, whether readable or not. Of two concurrent calls, the last write wins.</summary>
    public Task ReplaceAsync(T value, CancellationToken cancellationToken) => WriteAsync(value, conditions: null, cancellationToken);

    private async Task<Version> LatestAsync(CancellationToken cancellationToken)
    {
        var cached = _cached;
        var options = new BlobDownloadOptions();
        if (cached.IsStored) options.Conditions = new BlobRequestConditions { IfNoneMatch = cached.Tag };
        try
        {
            var download = await _blob.DownloadContentAsync(options, cancellationToken);
            if (download.GetRawResponse().Status == 304) return cached;
            var value = JsonSerializer.Deserialize(download.Value.Content.ToMemory().Span, _type)
                ?? throw new JsonException($"Document {_blob.Name} contains null.");
            return _cached = new Version(value, download.Value.Details.ETag);
        }
        catch (RequestFailedException ex) when (ex.Status == 304)
        {
            return cached;
        }
        catch (RequestFailedException ex) when (ex.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return _cached = _absent;
        }
    }

    private async Task WriteAsync(T value, BlobRequestConditions? conditions, CancellationToken cancellationToken)
    {
        var options = new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" }, Conditions = conditions };
        var content = BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(value, _type));
        BlobContentInfo written = await _blob.UploadAsync(content, options, cancellationToken);
        _cached = new Version(value, written.ETag);
    }

    private sealed record Version(T Value, ETag Tag)
    {
        public bool IsStored => Tag != default;
    }
}
