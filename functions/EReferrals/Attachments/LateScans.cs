using System.Collections.Concurrent;
using EReferrals.Lifecycle;
using EReferrals.Referrals.Letters;
using EReferrals.Storage.Tables;

namespace EReferrals.Attachments;

/// <summary>Marks referrals whose letters were not scanned in time, and counts the files that have waited too long for the scanner.</summary>
public sealed class LateScans(PendingScans pending, AttachmentTable attachments, LetterCheck letters, Settings settings, TimeProvider clock)
{
    // The next run handles the rest. Scans that are already marked are only counted, so they do not use up this limit.
    private const int MaxMarked = 5_000;
    private const int FilesAtOnce = 8;

    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(7);

    /// <summary>Returns how many files have waited too long. A file that cannot be checked does not block the others.</summary>
    /// <exception cref="AggregateException">Some files could not be checked; all others were.</exception>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (waiting, toMark) = (0, 0);
        var failures = new ConcurrentQueue<Exception>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = FilesAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(pending.BeforeAsync(now - settings.ScanWithin, cancellationToken), options, async (scan, token) =>
        {
            try
            {
                var isOverLimit = !scan.IsTold && Interlocked.Increment(ref toMark) > MaxMarked;
                if (isOverLimit || await IsWaitingAsync(scan, now, token)) Interlocked.Increment(ref waiting);
            }
            catch (Exception ex) when (!token.IsCancellationRequested)
            {
                failures.Enqueue(ex);
            }
        });
        return failures.IsEmpty ? waiting : throw new AggregateException(failures);
    }

    private async Task<bool> IsWaitingAsync(PendingScan scan, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var attachment = scan.IsTold ? null : await attachments.FindAsync(scan.Id, cancellationToken);
        if (!scan.IsTold && attachment is not { Status: AttachmentStatus.Pending })
        {
            await pending.RemoveAsync(scan, cancellationToken);
            return false;
        }

        // An attachment that is linked from now on is checked when it is linked. If its referral is not saved yet, the next run checks it.
        if (attachment is not null && (attachment.LinkedTo is not { } ubrn || await letters.CheckAsync(ubrn, $"late-scan-{scan.Id}", cancellationToken)))
        {
            await pending.MarkToldAsync(scan, cancellationToken);
        }

        if (string.CompareOrdinal(scan.Key, TableKeys.PendingScansAt(now - GiveUpAfter)) >= 0) return true;
        await pending.RemoveAsync(scan, cancellationToken);
        return false;
    }
}
