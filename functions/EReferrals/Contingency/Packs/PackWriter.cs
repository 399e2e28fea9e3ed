using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using EReferrals.Storage.Blobs;

namespace EReferrals.Contingency.Packs;

/// <summary>A zip that is sent on while it is written, with a checksum of every file in it.</summary>
internal sealed class PackWriter(PackUpload upload, DateTimeOffset generated) : IDisposable
{
    private readonly ZipArchive _zip = new(upload.Stream, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8);
    private readonly StringBuilder _sums = new();

    public async Task AddAsync(string path, byte[] content, CancellationToken cancellationToken)
    {
        _sums.Append(Convert.ToHexStringLower(SHA256.HashData(content))).Append("  ").Append(path).Append('\n');
        await WriteAsync(path, content, cancellationToken);
    }

    /// <summary>Ends the zip with the checksums, in the form that <c>sha256sum -c</c> reads.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await WriteAsync("SHA256SUMS", Encoding.UTF8.GetBytes(_sums.ToString()), cancellationToken);
        _zip.Dispose();
    }

    public void Dispose() => _zip.Dispose();

    private async Task WriteAsync(string path, byte[] content, CancellationToken cancellationToken)
    {
        var entry = _zip.CreateEntry(path, CompressionLevel.Fastest);
        entry.LastWriteTime = generated;
        // Into memory: what waits is a call of the store, below.
        using (var file = entry.Open()) file.Write(content);
        await upload.StageAsync(cancellationToken);
    }
}
