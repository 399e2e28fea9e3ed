using System.Globalization;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace EReferrals.Storage.Chains;

/// <summary>
/// Writes one chain of lines into append blobs, <c>{slot}/{name}.jsonl</c>, a new one for each time slot. Every append states the position that it is for.
/// So an append with an unknown outcome, one that arrives late and one that the client repeats are stored once or not at all, and the next append finds out
/// which.
/// </summary>
/// <param name="slot">Returns the current slot.</param>
/// <param name="others">Returns the ends of the process's other chains.</param>
internal sealed class ChainedLog(
    BlobContainerClient container, string account, string name, Func<string> slot, Func<IReadOnlyList<ChainEnd>> others) : IDisposable
{
    // Blob Storage allows 50,000 blocks in an append blob.
    private const int MaxBlocks = 45_000;

    // So that one request can verify a blob.
    private const int MaxLength = 64 * 1024 * 1024;

    // More than the longest seal.
    internal const int Tail = 4096;

    private const int MostTries = 3;

    private readonly SemaphoreSlim _turn = new(1);

    // What the chain may have grown to by appends whose outcome is unknown. All of them are for the position at the end of the chain: at most one is stored.
    private readonly List<ChainEnd> _possible = [];

    private IReadOnlyList<ChainEnd> _named = [];
    private Part? _part;
    private volatile ChainEnd? _end;

    /// <summary>The end of what is known to be stored; null when nothing is.</summary>
    public ChainEnd? End => _end;

    /// <summary>Appends complete lines as one group. Throws when the outcome is unknown or they are not stored.</summary>
    /// <returns>Whether the group began a blob.</returns>
    public async Task<bool> AppendAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var now = slot();
            if (_part is not { } part || part.Slot != now || part.IsFull)
            {
                // Nothing may be added to a blob after its successor has named its end.
                if (_possible.Count > 0) await WriteAsync(default, cancellationToken);
                Begin(now);
            }

            return await WriteAsync(lines, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<bool> WriteAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var begins = _end?.Blob != _part!.Blob.Name;
            try
            {
                await WriteOnceAsync(begins, lines, cancellationToken);
                return begins;
            }
            catch (RequestFailedException ex) when (tries < MostTries && ex.ErrorCode == BlobErrorCode.AppendPositionConditionNotMet)
            {
                var tried = _possible[^1];
                var stored = await StoredAsync(cancellationToken);
                if (stored is null) Begin(_part.Slot);
                else Grow(stored);
                if (stored == tried) return begins;
            }
            catch (RequestFailedException ex) when (tries < MostTries && ex.ErrorCode == BlobErrorCode.BlobNotFound)
            {
                // Somebody removed the blob. The next one names it as the one before.
                Begin(_part.Slot);
            }
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task WriteOnceAsync(bool begins, ReadOnlyMemory<byte> lines, CancellationToken cancellationToken)
    {
        var part = _part!;
        var last = _end;
        var grown = others();
        var (bytes, end) = Chain.Seal(account, part.Blob.Name, last, lines.Span, [.. grown.Except(_named)]);
        if (begins) await part.Blob.CreateIfNotExistsAsync(cancellationToken: cancellationToken).WaitAsync(cancellationToken);
        _possible.Add(end);
        using var content = new MemoryStream(bytes, writable: false);
        var options = new AppendBlobAppendBlockOptions { Conditions = new() { IfAppendPositionEqual = begins ? 0 : last!.Length } };
        // WaitAsync as well, because a client may ignore its cancellation token, and others wait for their turn.
        BlobAppendInfo appended = await part.Blob.AppendBlockAsync(content, options, cancellationToken).WaitAsync(cancellationToken);
        if (appended.BlobCommittedBlockCount >= MaxBlocks || end.Length >= MaxLength) part.IsFull = true;
        _named = grown;
        Grow(end);
    }

    /// <summary>Which of the possible ends the blob has; null when it has another one, so that somebody else wrote to it.</summary>
    private async Task<ChainEnd?> StoredAsync(CancellationToken cancellationToken)
    {
        var blob = _part!.Blob;
        BlobProperties properties = await blob.GetPropertiesAsync(cancellationToken: cancellationToken).WaitAsync(cancellationToken);
        var range = new HttpRange(Math.Max(0, properties.ContentLength - Tail));
        var tail = await blob.DownloadContentAsync(new BlobDownloadOptions { Range = range }, cancellationToken).WaitAsync(cancellationToken);
        return Chain.EndOf(tail.Value.Content.ToMemory().Span) is { } stored
            ? _possible.Find(end => end.Length == properties.ContentLength && (end.Group, end.Hash) == stored)
            : null;
    }

    private void Grow(ChainEnd end)
    {
        _end = end;
        _possible.Clear();
    }

    private void Begin(string now)
    {
        var number = _part is { } part && part.Slot == now ? part.Number + 1 : 0;
        var suffix = number == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{number}");
        _possible.Clear();
        _part = new Part(now, number, container.GetAppendBlobClient($"{now}/{name}{suffix}.jsonl"));
    }

    private sealed record Part(string Slot, int Number, AppendBlobClient Blob)
    {
        public bool IsFull { get; set; }
    }
}
