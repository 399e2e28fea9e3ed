using System.Text;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace EReferrals.Storage.Blobs;

/// <summary>The upload of a pack: a stream for the writer, and the staging of its bytes in blocks.</summary>
public sealed class PackUpload : IDisposable
{
    private const int BlockSize = 4 * 1024 * 1024;

    private readonly BlockBlobClient _blob;
    private readonly StoredPack? _before;
    private readonly string _id = Guid.NewGuid().ToString("N");
    private readonly List<string> _blocks = [];
    private readonly MemoryStream _buffer = new();

    internal PackUpload(BlockBlobClient blob, StoredPack? before)
    {
        (_blob, _before) = (blob, before);
        Stream = new ForwardOnly(_buffer);
    }

    /// <summary>Buffers the written bytes in memory until the next <see cref="StageAsync"/>.</summary>
    public Stream Stream { get; }

    /// <summary>Stages the buffered bytes when they fill a block. Call it after every file.</summary>
    public Task StageAsync(CancellationToken cancellationToken) => _buffer.Length < BlockSize ? Task.CompletedTask : SendAsync(cancellationToken);

    /// <summary>Makes the pack visible. False when another builder committed first; its pack then stays.</summary>
    public async Task<bool> CommitAsync(string contents, DateTimeOffset generated, CancellationToken cancellationToken)
    {
        if (_buffer.Length > 0) await SendAsync(cancellationToken);
        var options = new CommitBlockListOptions
        {
            HttpHeaders = new BlobHttpHeaders { ContentType = "application/zip" },
            Metadata = PackBlobs.MetadataOf(contents, generated),
            Conditions = _before is null
                ? new BlobRequestConditions { IfNoneMatch = ETag.All }
                : new BlobRequestConditions { IfMatch = new ETag(_before.Tag) },
        };
        try
        {
            await _blob.CommitBlockListAsync(_blocks, options, cancellationToken);
            return true;
        }
        catch (RequestFailedException ex) when (ex.Status is 409 or 412 || ex.ErrorCode == BlobErrorCode.InvalidBlockList)
        {
            // The commit of another builder discards the blocks that we staged.
            return false;
        }
    }

    public void Dispose()
    {
        Stream.Dispose();
        _buffer.Dispose();
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        // Two builders of one pack must not share block ids. All block ids of a blob must have the same length.
        var block = Convert.ToBase64String(Encoding.ASCII.GetBytes($"{_id}{_blocks.Count:D6}"));
        _buffer.Position = 0;
        using var content = new MemoryStream(_buffer.GetBuffer(), 0, (int)_buffer.Length, writable: false);
        await _blob.StageBlockAsync(block, content, cancellationToken: cancellationToken);
        _blocks.Add(block);
        _buffer.SetLength(0);
    }

    // Without seeking, so that the ZIP writer does not go back into blocks that are already staged.
    private sealed class ForwardOnly(MemoryStream to) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => to.Write(buffer, offset, count);

        public override void Write(ReadOnlySpan<byte> buffer) => to.Write(buffer);
    }
}
