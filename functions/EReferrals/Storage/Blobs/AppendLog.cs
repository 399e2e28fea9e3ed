using System.Globalization;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace EReferrals.Storage.Blobs;

/// <summary>
/// An append blob for each slot of time, <c>{slot}/{name}.{extension}</c>. Calls may overlap (an append that was given up and still runs):
/// creating a blob twice is harmless, and the service puts appends in order.
/// </summary>
/// <param name="slot">The slot that it is now.</param>
internal sealed class AppendLog(BlobContainerClient container, string name, string extension, Func<string> slot)
{
    // The service takes 50,000 blocks.
    private const int MostBlocks = 45_000;

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
        if (appended.BlobCommittedBlockCount >= MostBlocks) _current = part with { IsFull = true };
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
