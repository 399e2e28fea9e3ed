using System.Collections.Concurrent;
using EReferrals.Attachments;
using EReferrals.Lifecycle;
using EReferrals.Messaging;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.Logging;

namespace EReferrals.Worklists.SafetyNet;

/// <summary>
/// Searches the worklists for entries that have become overdue, because no event occurs when a deadline passes. An overdue mark is announced as a
/// change of the list, so that pages, change feed, snapshots and ETags all reflect it. If a sweep stops, the next one announces the remaining marks. A
/// mark that is announced twice has no further effect.
/// </summary>
public sealed partial class SafetyNetSweep(
    WorklistReader worklists,
    SafetyNetTable counts,
    AppointmentDays appointments,
    ReferralTable referrals,
    DuplicateCheck duplicates,
    LateScans lateScans,
    ReferralBus bus,
    SafetyNetRules net,
    TimeProvider clock,
    ILogger<SafetyNetSweep> logger)
{
    // The next sweep continues with the rest.
    private const int MostAppointments = 5_000;

    private const int ListsAtOnce = 8;
    private const int ChangesAtOnce = 50;

    // More failures mean an outage. Each further list would only wait for its timeout.
    private const int MostFailures = 50;

    /// <summary>
    /// Sweeps all worklists. A list that fails does not block the others. The counts are saved only when every list was swept; otherwise the previous
    /// counts remain, with their time.
    /// </summary>
    /// <exception cref="AggregateException">Something could not be swept, so that the run counts as failed.</exception>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var found = new Tally();
        var failures = new ConcurrentQueue<Exception>();
        // Kept apart: failures of appointments and letters must not stop the sweep of the lists.
        var otherFailures = new ConcurrentQueue<Exception>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = ListsAtOnce, CancellationToken = cancellationToken };
        await ListAllPassedAsync(now, options, otherFailures, cancellationToken);
        var notScanned = await TellLateScansAsync(otherFailures, cancellationToken);
        await Parallel.ForEachAsync(worklists.AllAsync(cancellationToken), options, async (worklist, token) =>
        {
            if (failures.Count > MostFailures) return;
            try
            {
                await SweepAsync(worklist, now, found, token);
            }
            catch (Exception ex) when (!token.IsCancellationRequested)
            {
                Log.NotSwept(logger, worklist, ex);
                failures.Enqueue(ex);
            }
        });
        if (failures.IsEmpty && notScanned is { } files) await counts.SaveAsync(found.Counts(now) with { FilesNotScanned = files }, cancellationToken);
        if (!failures.IsEmpty || !otherFailures.IsEmpty) throw new AggregateException(failures.Concat(otherFailures));
    }

    // The number of late scans; null when they could not be read.
    private async Task<int?> TellLateScansAsync(ConcurrentQueue<Exception> failures, CancellationToken cancellationToken)
    {
        try
        {
            return await lateScans.SweepAsync(cancellationToken);
        }
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
        {
            Log.ScansNotTold(logger, ex);
            failures.Enqueue(ex);
            return null;
        }
    }

    private async Task ListAllPassedAsync(
        DateTimeOffset now, ParallelOptions options, ConcurrentQueue<Exception> failures, CancellationToken cancellationToken)
    {
        try
        {
            await ListPassedAsync(now, options, failures, cancellationToken);
        }
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
        {
            Log.AppointmentsNotRead(logger, ex);
            failures.Enqueue(ex);
        }
    }

    // Puts referrals whose appointment day has passed on the provider's list of outcomes to record. After a stop, changes are announced again, with no
    // further effect.
    private async Task ListPassedAsync(
        DateTimeOffset now, ParallelOptions options, ConcurrentQueue<Exception> failures, CancellationToken cancellationToken)
    {
        var passed = await appointments.PassedAsync(UkTime.DateOf(now), MostAppointments, cancellationToken);
        await Parallel.ForEachAsync(passed, options, async (appointment, token) =>
        {
            if (failures.Count > MostFailures) return;
            try
            {
                if (await referrals.FindAsync(appointment.Ubrn, token) is { Referral: var referral } && referral.AwaitsOutcome(now))
                {
                    await bus.AnnounceAsync(WorklistRules.Changes([], referral, now, await duplicates.FindAsync(referral, token)), "safety-net", token);
                }

                await appointments.RemoveAsync(appointment, token);
            }
            catch (Exception ex) when (!token.IsCancellationRequested)
            {
                Log.NotListed(logger, appointment.Ubrn, ex);
                failures.Enqueue(ex);
            }
        });
    }

    private async Task SweepAsync(WorklistName worklist, DateTimeOffset now, Tally found, CancellationToken cancellationToken)
    {
        var due = new List<WorklistChange>();
        await foreach (var (entry, revision) in worklists.OverdueAsync(worklist, now, cancellationToken))
        {
            var marked = net.Marked(entry, now);
            found.Add(marked);
            if (marked.Marks > entry.Marks) due.Add(new WorklistChange(worklist, entry.Ubrn, entry.Version, marked) { Revision = revision });
        }

        foreach (var batch in due.Chunk(ChangesAtOnce)) await bus.AnnounceAsync(batch, "safety-net", cancellationToken);
    }

    // A referral can be on a list of the referrer and on one of the provider, and counts once.
    private sealed class Tally
    {
        private readonly Lock _lock = new();
        private readonly HashSet<(Overdue What, Priority? Priority, Ubrn Ubrn)> _found = [];

        public void Add(WorklistEntry entry)
        {
            lock (_lock)
            {
                foreach (var what in entry.Overdue ?? []) _found.Add((what, what == Overdue.Review ? entry.Priority : null, entry.Ubrn));
            }
        }

        public SafetyNetCounts Counts(DateTimeOffset asOf) => new(
            asOf,
            Count(Overdue.Review, Priority.TwoWeekWait),
            Count(Overdue.Review, Priority.Urgent),
            Count(Overdue.Letter))
        {
            RoutineNotReviewed = Count(Overdue.Review, Priority.Routine),
            NotBooked = Count(Overdue.Booking),
            WithoutOutcome = Count(Overdue.Outcome),
            NotActedOn = Count(Overdue.NextStep),
        };

        private int Count(Overdue what, Priority? priority = null) => _found.Count(one => (one.What, one.Priority) == (what, priority));
    }

    private static partial class Log
    {
        [LoggerMessage(1302, LogLevel.Warning, "The worklist {Worklist} could not be searched for overdue entries; the next sweep retries")]
        public static partial void NotSwept(ILogger logger, WorklistName worklist, Exception failure);

        [LoggerMessage(1303, LogLevel.Warning, "Referral {Ubrn}, whose appointment has passed, could not be checked; the next sweep retries")]
        public static partial void NotListed(ILogger logger, Ubrn ubrn, Exception failure);

        [LoggerMessage(1304, LogLevel.Warning, "The files that wait for the malware scan could not be checked; the next sweep retries")]
        public static partial void ScansNotTold(ILogger logger, Exception failure);

        [LoggerMessage(1305, LogLevel.Warning, "The appointments that have passed could not be read; the next sweep retries")]
        public static partial void AppointmentsNotRead(ILogger logger, Exception failure);
    }
}
