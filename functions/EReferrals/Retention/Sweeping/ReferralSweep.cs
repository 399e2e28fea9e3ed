using System.Collections.Concurrent;
using EReferrals.Audit;
using EReferrals.Referrals;
using EReferrals.Referrals.Retention;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Retention;
using Microsoft.Extensions.Logging;

namespace EReferrals.Retention.Sweeping;

/// <summary>Walks over every number that was ever issued, and deletes the referrals that are due, their aliases, and old rows that answer repeats.</summary>
internal sealed partial class ReferralSweep(
    NumberWalk numbers,
    GoneReferrals gone,
    LegalHolds holds,
    ReferralRemoval removal,
    WorklistReader worklists,
    Settings settings,
    ILogger<ReferralSweep> logger) : ISweep
{
    private const int NumbersAtOnce = 1000;
    private const int Parallel = 8;

    public SweepPart Part => SweepPart.Referrals;

    public async Task<SweepStep> StepAsync(string? place, SweepContext context, CancellationToken cancellationToken)
    {
        var youngest = context.Now - settings.Retention[RetentionKind.DoneCommands];
        if (await numbers.NextAsync(place, NumbersAtOnce, youngest, cancellationToken) is not { } page) return new SweepStep(null, []);
        var found = new ConcurrentBag<SweepFinding>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
        var used = await gone.RowsAsync(page.First, page.Last, cancellationToken);
        await System.Threading.Tasks.Parallel.ForEachAsync(used, options, async (rows, token) =>
        {
            try
            {
                foreach (var finding in await SweepAsync(rows, context, token)) found.Add(finding);
            }
            catch (Exception ex) when (!token.IsCancellationRequested && !Transient.Is(ex, token))
            {
                // One unreadable referral must not hold up the others. The next pass tries it again.
                Log.NotSwept(logger, rows.Ubrn, ex);
            }
        });
        return new SweepStep(page.Next, [.. found.OrderBy(finding => finding.Example, StringComparer.Ordinal)]);
    }

    private async Task<IReadOnlyList<SweepFinding>> SweepAsync(NumberRows rows, SweepContext context, CancellationToken cancellationToken)
    {
        var ubrn = rows.Ubrn;
        if (rows.IsAlias) return await SweepAliasAsync(ubrn, context, cancellationToken);
        if (rows.IsGone)
        {
            if (context.Deletes && !rows.IsFinished) await removal.FinishAsync(ubrn, cancellationToken);
            return [];
        }

        var found = new List<SweepFinding>();
        if (await FindDueAsync(rows, context, cancellationToken) is { } due)
        {
            found.Add(new SweepFinding(due.Kind, ubrn.ToString(), context.Deletes && await DeleteAsync(due, context, cancellationToken)));
            if (found[0].IsDeleted) return found;
        }

        var old = rows.Done.Where(row => row.Written < context.Now - settings.Retention[RetentionKind.DoneCommands]).Select(row => row.Key).ToArray();
        if (context.Deletes) await gone.DeleteAsync(ubrn, old, cancellationToken);
        found.AddRange(Enumerable.Repeat(new SweepFinding(RetentionKind.DoneCommands, ubrn.ToString(), context.Deletes), old.Length));
        return found;
    }

    private async Task<IReadOnlyList<SweepFinding>> SweepAliasAsync(Ubrn alias, SweepContext context, CancellationToken cancellationToken)
    {
        // An alias is followed for as long as its referral exists.
        if (await gone.LookAsync(alias, cancellationToken) is not FoundNumber.Alias { First: var first, Tag: var tag }) return [];
        if (await gone.FindAsync(first, cancellationToken) is not { } stone) return [];
        var isDeleted = context.Deletes && await removal.RemoveAliasAsync(alias, stone, tag, cancellationToken);
        return [new SweepFinding(RetentionKind.Tombstones, alias.ToString(), isDeleted)];
    }

    private async Task<DueReferral?> FindDueAsync(NumberRows rows, SweepContext context, CancellationToken cancellationToken)
    {
        var ubrn = rows.Ubrn;
        // The shortest period of all. Most referrals are younger, and are not read.
        if (rows.Written > context.Now - settings.Retention.OfReferrals) return null;
        if (await gone.LookAsync(ubrn, cancellationToken) is not FoundNumber.Present read) return null;
        var isHeld = await holds.FindAsync(ubrn, cancellationToken) is not null;
        if (!RetentionRules.IsDue(read.Referral, isHeld, context.IsAwaited(ubrn), settings.Retention, context.Now)) return null;
        // Rules and lists agree, unless the reconciler has something to repair.
        var stone = Tombstone.From([read.Referral], Removal.Expired, context.Now);
        var shown = await Task.WhenAll(stone.Lists.Select(list => worklists.ShownAsync(list, ubrn, cancellationToken)));
        if (shown.Any(each => each is { IsListed: true }))
        {
            Log.StillListed(logger, ubrn);
            return null;
        }

        return new DueReferral(read, read.Referral.State == ReferralState.Rejected ? RetentionKind.RefusedReferrals : RetentionKind.Referrals);
    }

    private async Task<bool> DeleteAsync(DueReferral due, SweepContext context, CancellationToken cancellationToken)
    {
        var entry = new AuditEntry
        {
            What = AuditedAction.ReferralDeleted,
            User = "sweeper",
            Function = "SweepAndPackFunction",
            CorrelationId = context.CorrelationId,
            RequestId = context.CorrelationId,
        };
        return await removal.RemoveAsync(due.Read, stone => stone, Removal.Expired, entry, cancellationToken);
    }

    private sealed record DueReferral(FoundNumber.Present Read, RetentionKind Kind);

    private static partial class Log
    {
        [LoggerMessage(3307, LogLevel.Error, "Referral {Ubrn} could not be checked by the sweeper; the next pass tries it again")]
        public static partial void NotSwept(ILogger logger, Ubrn ubrn, Exception ex);

        [LoggerMessage(3302, LogLevel.Error, "Referral {Ubrn} is due for deletion, but a worklist still shows it; it is kept")]
        public static partial void StillListed(ILogger logger, Ubrn ubrn);
    }
}
