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
/// Time passes without events, so that the worklists are gone through for entries whose mark has fallen due. A mark is announced as a change of
/// the list: then the pages, the change feed, the snapshots and a poll that would have answered 304 all show it. A stop anywhere leaves marks
/// for the next sweep, and one that is announced twice changes nothing.
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
    // The rest waits for the next sweep.
    private const int MostAppointments = 5_000;

    private const int ListsAtOnce = 8;
    private const int ChangesAtOnce = 50;

    // More than these is an outage: the rest would wait for its limits one after the other.
    private const int MostFailures = 50;

    /// <summary>A list that cannot be gone through holds up no other. The counts are saved only when no list was missed: until then the last ones stand, with their time.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var found = new Tally();
        var failures = new ConcurrentQueue<Exception>();
        // Neither the appointments nor the letters may be the reason why lists are not gone through.
        var others = new ConcurrentQueue<Exception>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = ListsAtOnce, CancellationToken = cancellationToken };
        await ListAllPassedAsync(now, options, others, cancellationToken);
        var notScanned = await TellLateScansAsync(others, cancellationToken);
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
        // Seen as a failed run.
        if (!failures.IsEmpty || !others.IsEmpty) throw new AggregateException(failures.Concat(others));
    }

    // Null when they could not be gone through.
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

    // A patient whose day has passed joins a list of the provider. What was announced before a stop is announced again, and changes nothing.
    private async Task ListPassedAsync(
        DateTimeOffset now, ParallelOptions options, ConcurrentQueue<Exception> failures, CancellationToken cancellationToken)
    {
        var passed = await appointments.PassedAsync(WorkingDays.DateOf(now), MostAppointments, cancellationToken);
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

        foreach (var some in due.Chunk(ChangesAtOnce)) await bus.AnnounceAsync(some, "safety-net", cancellationToken);
    }

    // A referral may stand on a list of each side and is counted once.
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
        [LoggerMessage(4003, LogLevel.Warning, "The worklist {Worklist} could not be gone through for overdue entries; the others are, and the next sweep tries again")]
        public static partial void NotSwept(ILogger logger, WorklistName worklist, Exception failure);

        [LoggerMessage(4004, LogLevel.Warning, "Referral {Ubrn}, whose appointment has passed, could not be looked at; the next sweep tries again")]
        public static partial void NotListed(ILogger logger, Ubrn ubrn, Exception failure);

        [LoggerMessage(4005, LogLevel.Warning, "The letters that wait for the scanner could not be gone through; the next sweep tries again")]
        public static partial void ScansNotTold(ILogger logger, Exception failure);

        [LoggerMessage(4006, LogLevel.Warning, "The appointments that have passed could not be read; the next sweep tries again")]
        public static partial void AppointmentsNotRead(ILogger logger, Exception failure);
    }
}
