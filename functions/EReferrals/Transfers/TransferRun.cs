using System.Collections.Concurrent;
using EReferrals.Lifecycle;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Services;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.Logging;

namespace EReferrals.Transfers;

/// <summary>
/// Carries out transfers of organisations: 1 move the services, 2 move the referrals page by page in the order of their numbers and save the progress
/// after each page, 3 move the services again, 4 mark the transfer as finished. After a stop at any point, the page is repeated; moving a referral is
/// idempotent. The walk finds every referral that an organisation ever had, because each left a trace on one of the organisation's worklists, and
/// the traces are deleted only with their referral. A referral that names the predecessor after the walk has passed it moves to the successor when it
/// reaches a worklist (step 3 of the flow in the README). Every instance knows of the transfer before the walk begins.
/// </summary>
public sealed partial class TransferRun(
    TransferTable transfers,
    SuccessionRegister register,
    ServiceTable services,
    ServiceDirectory directory,
    WorklistReader worklists,
    ReferralHandover handover,
    TimeProvider clock,
    ILogger<TransferRun> logger)
{
    private const int ReferralsAtOnce = 8;
    private const int ReferralsAPage = 40;
    private const int ServicesAPage = 100;

    // The next run continues.
    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(45);

    /// <summary>Continues all running transfers. Throws when a store does not respond; the next run continues after the last saved page.</summary>
    public async Task ContinueAsync(CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var successions = await transfers.RegisterAsync(cancellationToken);
        if (!successions.All.Any(one => one.IsRunning)) return;
        register.Saw(successions);
        foreach (var succession in successions.All.Where(one => one.IsRunning))
        {
            if (clock.GetElapsedTime(started) > LongestRun) return;
            await ContinueAsync(succession, successions, started, cancellationToken);
        }
    }

    private async Task ContinueAsync(Succession succession, Successions successions, long started, CancellationToken cancellationToken)
    {
        // The progress row is written before the register.
        var stored = await transfers.FindAsync(succession.Id, cancellationToken)
            ?? throw new InvalidDataException($"Transfer {succession.Id} has no progress row.");
        await MoveServicesAsync(succession, successions, cancellationToken);
        if (clock.GetUtcNow() - succession.At < SuccessionRegister.KnownAfter) return;
        var lists = ListsOf(succession, successions);
        var failed = (await transfers.FailuresAsync(succession.Id, int.MaxValue, cancellationToken)).Select(failure => failure.Ubrn).ToHashSet();
        while (stored.Transfer.Finished is null)
        {
            if (clock.GetElapsedTime(started) > LongestRun) return;
            var page = await NextAsync(lists, stored.Transfer.Place, cancellationToken);
            if (page.Count == 0) await MoveServicesAsync(succession, successions, cancellationToken);
            var next = page.Count == 0
                ? stored.Transfer with { Finished = clock.GetUtcNow() }
                : await MoveAsync(succession, stored.Transfer, page, failed, cancellationToken);
            // Another instance works on this transfer too; one is enough.
            if (await transfers.SaveAsync(stored, next, cancellationToken) is not { } saved) return;
            stored = saved;
        }

        register.Saw(await transfers.ChangeAsync(before => before.With(succession.Id, isRunning: false), cancellationToken));
        Log.Finished(logger, succession.Id, stored.Transfer.Found, stored.Transfer.Moved, stored.Transfer.Failed);
    }

    private async Task<Transfer> MoveAsync(
        Succession succession, Transfer before, IReadOnlyList<Ubrn> page, HashSet<Ubrn> failed, CancellationToken cancellationToken)
    {
        var results = new ConcurrentBag<bool?>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = ReferralsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(page, options, async (ubrn, token) => results.Add(await MoveAsync(succession, ubrn, failed.Contains(ubrn), token)));
        return before with
        {
            Place = page[^1],
            Found = before.Found + results.Count(moved => moved is not null),
            Moved = before.Moved + results.Count(moved => moved == true),
            Failed = before.Failed + results.Count(moved => moved == false),
        };
    }

    // Returns whether the referral was moved; null when this transfer does not include it.
    private async Task<bool?> MoveAsync(Succession succession, Ubrn ubrn, bool hasFailed, CancellationToken cancellationToken)
    {
        try
        {
            var referral = await handover.HandOverAsync(ubrn, cancellationToken);
            if (referral is null || !succession.Concerns(referral)) return null;
            if (hasFailed) await transfers.ForgetFailureAsync(succession.Id, ubrn, cancellationToken);
            return true;
        }
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested && !Transient.Is(ex, cancellationToken))
        {
            Log.NotMoved(logger, ubrn, succession.Id, ex);
            var failure = new FailedMove(ubrn, $"The referral could not be read or changed ({ex.GetType().Name}).");
            await transfers.NoteFailureAsync(succession.Id, failure, cancellationToken);
            return false;
        }
    }

    // An earlier transfer may have moved a referral that is no longer on a worklist. Its trace is then on a worklist of an earlier predecessor.
    private static WorklistName[] ListsOf(Succession succession, Successions successions)
    {
        Func<string, IEnumerable<WorklistName>> listsOf = succession.Services is null ? WorklistRules.ListsOf : WorklistRules.ListsOfProvider;
        return [.. FormerOf(succession.From, successions).Prepend(succession.From).Distinct().SelectMany(listsOf)];
    }

    private static IEnumerable<string> FormerOf(string organisation, Successions successions)
    {
        var former = new List<string> { organisation };
        for (var at = 0; at < former.Count; at++)
        {
            former.AddRange(successions.All.Where(one => one.To == former[at] && !former.Contains(one.From)).Select(one => one.From).Distinct().ToArray());
        }

        return former.Skip(1);
    }

    // Each worklist returns its smallest numbers, so the smallest numbers of all are among them.
    private async Task<IReadOnlyList<Ubrn>> NextAsync(IEnumerable<WorklistName> lists, Ubrn? after, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(lists.Select(list => worklists.EverListedAsync(list, after, ReferralsAPage, cancellationToken)));
        return [.. found.SelectMany(ubrns => ubrns).Distinct().OrderBy(ubrn => ubrn.ToString(), StringComparer.Ordinal).Take(ReferralsAPage)];
    }

    private async Task MoveServicesAsync(Succession succession, Successions successions, CancellationToken cancellationToken)
    {
        if (succession.Services is { } serviceIds)
        {
            foreach (var id in serviceIds) await MoveServiceAsync(id, succession, successions, cancellationToken);
            return;
        }

        for (string? after = null; ;)
        {
            var ids = await services.CandidatesAsync(succession.From, specialty: null, after, ServicesAPage, cancellationToken);
            foreach (var id in ids) await MoveServiceAsync(id, succession, successions, cancellationToken);
            if (ids.Count < ServicesAPage) return;
            after = ids[^1];
        }
    }

    private async Task MoveServiceAsync(string id, Succession succession, Successions successions, CancellationToken cancellationToken)
    {
        var change = new ServiceChange(ServiceAction.Transferred, clock.GetUtcNow(), succession.By, succession.Id);
        while (await services.FindAsync(id, cancellationToken) is { } read
            && read.Entry.Move(successions, change) is var moved
            && !ReferenceEquals(moved, read.Entry))
        {
            // Retries when the service definer changes the service at the same time.
            if (await services.ReplaceAsync(read, moved, cancellationToken) is { } after) directory.Saw(after.Entry);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            1602,
            LogLevel.Error,
            "Referral {Ubrn} could not be moved by transfer {Transfer}; the others are moved. Repair the referral, then request the transfer again")]
        public static partial void NotMoved(ILogger logger, Ubrn ubrn, string transfer, Exception ex);

        [LoggerMessage(1603, LogLevel.Information, "Transfer {Transfer} is finished: {Found} referrals found, {Moved} moved, {Failed} failed")]
        public static partial void Finished(ILogger logger, string transfer, int found, int moved, int failed);
    }
}
