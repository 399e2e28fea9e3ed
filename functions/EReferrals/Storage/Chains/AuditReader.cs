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
/// that waited on the queue, or is about a read by a link, is in a blob whose name contains <c>-drained</c>, of the hour in which it was stored.
/// </summary>
public sealed class AuditReader(StorageClients storage)
{
    /// <summary>The longest line that this service writes is far below it.</summary>
    internal const int LongestLine = 1024 * 1024;

    private const string HourForm = "yyyy'/'MM'/'dd'/'HH'/'";
    private const int HourLength = 14;

    /// <summary>The blobs of one hour: those of the audit account, then those of its reserve, each by name.</summary>
    /// <param name="hour">Any time within the hour.</param>
    public async IAsyncEnumerable<AuditBlob> BlobsAsync(DateTimeOffset hour, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prefix = PrefixOf(hour);
        foreach (var account in (string[])[AuditAccounts.Audit, AuditAccounts.Reserve])
        {
            var options = new GetBlobsOptions { Prefix = prefix };
            await foreach (var blob in Container(account).GetBlobsAsync(options, cancellationToken)) yield return new AuditBlob(account, blob.Name);
        }
    }

    /// <summary>The hours of a day (UTC) of which an account has blobs.</summary>
    internal async Task<IReadOnlyList<DateTimeOffset>> HoursAsync(string account, DateOnly day, CancellationToken cancellationToken)
    {
        var hours = new List<DateTimeOffset>();
        var options = new GetBlobsByHierarchyOptions { Prefix = day.ToString("yyyy'/'MM'/'dd'/'", CultureInfo.InvariantCulture), Delimiter = "/" };
        await foreach (var item in Container(account).GetBlobsByHierarchyAsync(options, cancellationToken))
        {
            if (item.IsPrefix && HourOf(item.Prefix) is { } hour) hours.Add(hour);
        }

        return hours;
    }

    /// <summary>The lengths in bytes of the blobs of one hour in one account, by name.</summary>
    /// <param name="hour">Any time within the hour.</param>
    internal async Task<IReadOnlyDictionary<string, long>> LengthsAsync(string account, DateTimeOffset hour, CancellationToken cancellationToken)
    {
        var lengths = new Dictionary<string, long>();
        var options = new GetBlobsOptions { Prefix = PrefixOf(hour) };
        await foreach (var blob in Container(account).GetBlobsAsync(options, cancellationToken)) lengths[blob.Name] = blob.Properties.ContentLength ?? 0;
        return lengths;
    }

    /// <summary>The length of a blob in bytes; null when it does not exist.</summary>
    internal async Task<long?> LengthAsync(AuditBlob blob, CancellationToken cancellationToken)
    {
        try
        {
            return (await Container(blob.Account).GetBlobClient(blob.Name).GetPropertiesAsync(cancellationToken: cancellationToken)).Value.ContentLength;
        }
        catch (RequestFailedException ex) when (ex.Status is 400 or 404)
        {
            // 400: no blob can have that name.
            return null;
        }
    }

    /// <summary>The hour in which the name of a blob begins; null when it begins otherwise.</summary>
    internal static DateTimeOffset? HourOf(string name)
    {
        var start = name.AsSpan(0, Math.Min(name.Length, HourLength));
        return DateTimeOffset.TryParseExact(start, HourForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var hour) ? hour : null;
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

    private static string PrefixOf(DateTimeOffset hour) => hour.UtcDateTime.ToString(HourForm, CultureInfo.InvariantCulture);

    private BlobContainerClient Container(string account) => account switch
    {
        AuditAccounts.Audit => storage.AuditContainer(),
        AuditAccounts.Reserve => storage.AuditReserveContainer(),
        _ => throw new ArgumentException($"'{account}' is not an account of the audit trail.", nameof(account)),
    };
}
