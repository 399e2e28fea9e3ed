using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace EReferrals.Storage.Chains;

/// <summary>
/// Reads the audit trail from both accounts, without a lease, in memory for one line. An entry is in a blob of its hour or of the hour after it; an entry
/// that waited on the queue is in a blob whose name contains <c>-drained</c>, of the hour in which it was stored.
/// </summary>
public sealed class AuditReader(StorageClients storage)
{
    /// <summary>The longest line that this service writes is far below it.</summary>
    internal const int LongestLine = 1024 * 1024;

    /// <summary>The blobs of one hour: those of the audit account, then those of its reserve, each by name.</summary>
    /// <param name="hour">Any time within the hour.</param>
    public async IAsyncEnumerable<AuditBlob> BlobsAsync(DateTimeOffset hour, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prefix = hour.UtcDateTime.ToString("yyyy'/'MM'/'dd'/'HH'/'", CultureInfo.InvariantCulture);
        foreach (var account in (string[])[AuditAccounts.Audit, AuditAccounts.Reserve])
        {
            var options = new GetBlobsOptions { Prefix = prefix };
            await foreach (var blob in Container(account).GetBlobsAsync(options, cancellationToken)) yield return new AuditBlob(account, blob.Name);
        }
    }

    /// <summary>The lines of a blob as they are at this moment, those of its chain included.</summary>
    /// <exception cref="InvalidDataException">A line is longer than any that this service writes.</exception>
    /// <exception cref="FileNotFoundException">The blob does not exist.</exception>
    public async IAsyncEnumerable<AuditLine> LinesAsync(AuditBlob blob, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var download = await OpenAsync(blob, cancellationToken);
        var reader = PipeReader.Create(download.Content);
        for (var number = 1; ;)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                yield return new AuditLine(number++, buffer.Slice(0, end).ToArray(), IsComplete: true);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }

            if (buffer.Length > LongestLine) throw new InvalidDataException($"Line {number} of {blob.Name} is longer than {LongestLine} bytes.");
            if (read.IsCompleted)
            {
                if (!buffer.IsEmpty) yield return new AuditLine(number, buffer.ToArray(), IsComplete: false);
                break;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }

        await reader.CompleteAsync();
    }

    /// <summary>Whether a blob contains an end that another blob names.</summary>
    /// <param name="isLast">Whether nothing may follow that end in the blob.</param>
    /// <returns>Null when it does; otherwise the fault.</returns>
    internal async Task<ChainFault?> FindAsync(ChainEnd end, bool isLast, CancellationToken cancellationToken)
    {
        // A blob that was tampered with can name anything.
        var isPossible = end is { Account: AuditAccounts.Audit or AuditAccounts.Reserve, Blob.Length: > 0, Length: > 0 };
        if (!isPossible) return ChainFault.EndChanged;
        var blob = Container(end.Account).GetBlobClient(end.Blob);
        var from = Math.Max(0, end.Length - ChainedLog.Tail);
        try
        {
            // One byte more shows whether something follows.
            var range = new HttpRange(from, end.Length - from + 1);
            var part = (await blob.DownloadContentAsync(new BlobDownloadOptions { Range = range }, cancellationToken)).Value.Content.ToMemory();
            return Chain.Compare(end, isLast, part.Span, from);
        }
        catch (RequestFailedException ex) when (ex.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return ChainFault.BlobRemoved;
        }
        catch (RequestFailedException ex) when (ex.Status is 400 or 416)
        {
            return ChainFault.EndChanged;
        }
    }

    private async Task<BlobDownloadStreamingResult> OpenAsync(AuditBlob blob, CancellationToken cancellationToken)
    {
        try
        {
            return await Container(blob.Account).GetBlobClient(blob.Name).DownloadStreamingAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException ex) when (ex.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            throw new FileNotFoundException($"The blob '{blob.Name}' does not exist.", ex);
        }
    }

    private BlobContainerClient Container(string account) => account switch
    {
        AuditAccounts.Audit => storage.AuditContainer(),
        AuditAccounts.Reserve => storage.AuditReserveContainer(),
        _ => throw new ArgumentException($"'{account}' is not an account of the audit trail.", nameof(account)),
    };
}
