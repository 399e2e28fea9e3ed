using System.Collections.Concurrent;
using EReferrals.Lifecycle;
using EReferrals.Referrals.Letters;
using EReferrals.Storage.Tables;

namespace EReferrals.Attachments;

/// <summary>Tells the referrals whose letters the scanner has not looked at in time, and counts the files that wait for it too long.</summary>
public sealed class LateScans(PendingScans pending, AttachmentTable attachments, LetterCheck letters, Settings settings, TimeProvider clock)
{
    // The rest is told by the next run. Those that know it already are only counted, and keep no other from being told.
    private const int MostToTell = 5_000;
    private const int FilesAtOnce = 8;

    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(7);

    /// <summary>How many files wait too long. A file that cannot be looked at keeps no other from being told.</summary>
    /// <exception cref="AggregateException">Of the files that could not be looked at, when all others were.</exception>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (waiting, toTell) = (0, 0);
        var failures = new ConcurrentQueue<Exception>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = FilesAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(pending.BeforeAsync(now - settings.ScanWithin, cancellationToken), options, async (scan, token) =>
        {
            try
            {
                var isLeft = !scan.IsTold && Interlocked.Increment(ref toTell) > MostToTell;
                if (isLeft || await IsWaitingAsync(scan, now, token)) Interlocked.Increment(ref waiting);
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

        // What is linked from now on is looked at when it is linked. A referral that is linked and not saved yet is told by the next run.
        if (attachment is not null && (attachment.LinkedTo is not { } ubrn || await letters.CheckAsync(ubrn, $"late-scan-{scan.Id}", cancellationToken)))
        {
            await pending.MarkToldAsync(scan, cancellationToken);
        }

        if (string.CompareOrdinal(scan.Key, TableKeys.PendingScansAt(now - GiveUpAfter)) >= 0) return true;
        await pending.RemoveAsync(scan, cancellationToken);
        return false;
    }
}
