using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using EReferrals.Storage.Blobs;

namespace EReferrals.Contingency.Packs;

/// <summary>Writes a zip that is uploaded while it is written, with a checksum of each file.</summary>
internal sealed class PackWriter(PackUpload upload, DateTimeOffset generated) : IDisposable
{
    private readonly ZipArchive _zip = new(upload.Stream, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8);
    private readonly StringBuilder _sums = new();

    public async Task AddAsync(string path, byte[] content, CancellationToken cancellationToken)
    {
        _sums.Append(Convert.ToHexStringLower(SHA256.HashData(content))).Append("  ").Append(path).Append('\n');
        await WriteAsync(path, content, cancellationToken);
    }

    /// <summary>Adds the checksums, in the format that <c>sha256sum -c</c> reads, and completes the zip.</summary>
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
        // This writes to memory. The asynchronous part is the upload below.
        using (var file = entry.Open()) file.Write(content);
        await upload.StageAsync(cancellationToken);
    }
}
