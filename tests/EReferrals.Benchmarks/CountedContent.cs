using System.Net;

namespace EReferrals.Benchmarks;

/// <summary>Response content that reports its length once, when it has been read or is disposed.</summary>
internal sealed class CountedContent : HttpContent
{
    private readonly HttpContent _content;
    private readonly Action<long> _ended;
    private long _length;
    private bool _hasEnded;

    public CountedContent(HttpContent content, Action<long> ended)
    {
        (_content, _ended) = (content, ended);
        foreach (var (name, values) in content.Headers.NonValidated) Headers.TryAddWithoutValidation(name, values);
    }

    protected override async Task<Stream> CreateContentReadStreamAsync() => new Counted(this, await _content.ReadAsStreamAsync());

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        using var counted = await CreateContentReadStreamAsync();
        await counted.CopyToAsync(stream);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        End();
        if (disposing) _content.Dispose();
        base.Dispose(disposing);
    }

    private void End()
    {
        if (Interlocked.Exchange(ref _hasEnded, true)) return;
        _ended(_length);
    }

    private sealed class Counted(CountedContent owner, Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Count(inner.Read(buffer, offset, count));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Count(await inner.ReadAsync(buffer, cancellationToken));

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            owner.End();
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }

        private int Count(int read)
        {
            owner._length += read;
            if (read == 0) owner.End();
            return read;
        }
    }
}
