using System.Globalization;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace EReferrals.Storage.Blobs;

/// <summary>
/// Writes one append blob for each time slot, <c>{slot}/{name}.{extension}</c>. Calls may overlap, because an append that timed out may still run:
/// creating a blob twice is harmless, and Blob Storage serialises appends.
/// </summary>
/// <param name="slot">Returns the current slot.</param>
internal sealed class AppendLog(BlobContainerClient container, string name, string extension, Func<string> slot)
{
    // Blob Storage allows 50,000 blocks in an append blob.
    private const int MaxBlocks = 45_000;

    private volatile Part? _current;

    public async Task AppendAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken)
    {
        try
        {
            await AppendOnceAsync(lines, cancellationToken);
        }
        catch (RequestFailedException ex) when (ex.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            _current = null;
            await AppendOnceAsync(lines, cancellationToken);
        }
    }

    private async Task AppendOnceAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken)
    {
        var now = slot();
        var part = _current is { } current && current.Slot == now
            ? current.IsFull ? await BeginAsync(now, current.Number + 1, cancellationToken) : current
            : await BeginAsync(now, 0, cancellationToken);
        using var content = new MemoryStream(lines.ToArray(), writable: false);
        BlobAppendInfo appended = await part.Blob.AppendBlockAsync(content, cancellationToken: cancellationToken);
        if (appended.BlobCommittedBlockCount >= MaxBlocks) _current = part with { IsFull = true };
    }

    private async Task<Part> BeginAsync(string now, int number, CancellationToken cancellationToken)
    {
        var suffix = number == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{number}");
        var blob = container.GetAppendBlobClient($"{now}/{name}{suffix}.{extension}");
        await blob.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        return _current = new Part(now, number, blob);
    }

    private sealed record Part(string Slot, int Number, AppendBlobClient Blob, bool IsFull = false);
}
