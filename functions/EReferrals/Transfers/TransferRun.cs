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
/// Carries transfers of organisations on: 1 the services, 2 the referrals in the order of their numbers, page by page, and after each page how far it has
/// come, 3 the services again, 4 finished. A stop anywhere repeats the page: what was moved is found moved. Every referral that was ever an organisation's
/// left a trace on one of its lists, and these traces are kept for good. What comes to name the predecessor behind the walk, or after it, is given to the
/// successor when it reaches a list (step 3 of the flow), and each instance knows of the order before the walk begins.
/// </summary>
public sealed partial class TransferRun(
    TransferTable transfers,
    SuccessionRegister register,
    ServiceTable services,
    ServiceDirectory directory,
    WorklistReader worklists,
    HandingOver handing,
    TimeProvider clock,
    ILogger<TransferRun> logger)
{
    private const int ReferralsAtOnce = 8;
    private const int ReferralsAPage = 40;
    private const int ServicesAPage = 100;

    // The next run goes on.
    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(45);

    /// <summary>Throws when a store does not answer: the next run goes on where the last page was written down.</summary>
    public async Task ContinueAsync(CancellationToken cancellationToken)
    {
        var begun = clock.GetTimestamp();
        var known = await transfers.RegisterAsync(cancellationToken);
        if (!known.All.Any(one => one.IsRunning)) return;
        register.Saw(known);
        foreach (var succession in known.All.Where(one => one.IsRunning))
        {
            if (clock.GetElapsedTime(begun) > LongestRun) return;
            await ContinueAsync(succession, known, begun, cancellationToken);
        }
    }

    private async Task ContinueAsync(Succession succession, Successions known, long begun, CancellationToken cancellationToken)
    {
        // Written before the order.
        var stored = await transfers.FindAsync(succession.Id, cancellationToken) ?? throw new InvalidDataException($"Transfer {succession.Id} has no progress.");
        await MoveServicesAsync(succession, known, cancellationToken);
        if (clock.GetUtcNow() - succession.At < SuccessionRegister.KnownAfter) return;
        var lists = ListsOf(succession, known);
        var failed = (await transfers.FailuresAsync(succession.Id, int.MaxValue, cancellationToken)).Select(failure => failure.Ubrn).ToHashSet();
        while (stored.Transfer.Finished is null)
        {
            if (clock.GetElapsedTime(begun) > LongestRun) return;
            var page = await NextAsync(lists, stored.Transfer.Place, cancellationToken);
            if (page.Count == 0) await MoveServicesAsync(succession, known, cancellationToken);
            var next = page.Count == 0
                ? stored.Transfer with { Finished = clock.GetUtcNow() }
                : await MoveAsync(succession, stored.Transfer, page, failed, cancellationToken);
            // Another instance works on it as well: one of the two is enough.
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

    // Null when it was never the predecessor's, as far as this transfer goes.
    private async Task<bool?> MoveAsync(Succession succession, Ubrn ubrn, bool hasFailed, CancellationToken cancellationToken)
    {
        try
        {
            var referral = await handing.HandOverAsync(ubrn, cancellationToken);
            if (referral is null || !succession.Concerns(referral)) return null;
            if (hasFailed) await transfers.ForgetFailureAsync(succession.Id, ubrn, cancellationToken);
            return true;
        }
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested && !Transient.Is(ex, cancellationToken))
        {
            Log.NotMoved(logger, ubrn, succession.Id, ex);
            await transfers.NoteFailureAsync(succession.Id, new FailedMove(ubrn, $"It could not be read or changed ({ex.GetType().Name})."), cancellationToken);
            return false;
        }
    }

    // An earlier transfer may have moved a referral that stands on no list any more: its trace is with the one that had it first.
    private static WorklistName[] ListsOf(Succession succession, Successions known)
    {
        Func<string, IEnumerable<WorklistName>> listsOf = succession.Services is null ? WorklistRules.ListsOf : WorklistRules.ListsOfProvider;
        return [.. FormerOf(succession.From, known).Prepend(succession.From).Distinct().SelectMany(listsOf)];
    }

    private static IEnumerable<string> FormerOf(string organisation, Successions known)
    {
        var former = new List<string> { organisation };
        for (var at = 0; at < former.Count; at++)
        {
            former.AddRange(known.All.Where(one => one.To == former[at] && !former.Contains(one.From)).Select(one => one.From).Distinct().ToArray());
        }

        return former.Skip(1);
    }

    // Each list gives its smallest numbers, so that the smallest of all are among them.
    private async Task<IReadOnlyList<Ubrn>> NextAsync(IEnumerable<WorklistName> lists, Ubrn? after, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(lists.Select(list => worklists.EverListedAsync(list, after, ReferralsAPage, cancellationToken)));
        return [.. found.SelectMany(ubrns => ubrns).Distinct().OrderBy(ubrn => ubrn.ToString(), StringComparer.Ordinal).Take(ReferralsAPage)];
    }

    private async Task MoveServicesAsync(Succession succession, Successions known, CancellationToken cancellationToken)
    {
        if (succession.Services is { } named)
        {
            foreach (var id in named) await MoveServiceAsync(id, known, cancellationToken);
            return;
        }

        for (string? after = null; ;)
        {
            var ids = await services.CandidatesAsync(succession.From, specialty: null, after, ServicesAPage, cancellationToken);
            foreach (var id in ids) await MoveServiceAsync(id, known, cancellationToken);
            if (ids.Count < ServicesAPage) return;
            after = ids[^1];
        }
    }

    private async Task MoveServiceAsync(string id, Successions known, CancellationToken cancellationToken)
    {
        while (await services.FindAsync(id, cancellationToken) is { } read && known.Apply(read.Service) is var service && !ReferenceEquals(service, read.Service))
        {
            // Its definer may change it at the same time.
            if (await services.ReplaceAsync(read, service, cancellationToken) is { } after) directory.Saw(after.Service);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(7301, LogLevel.Error, "Referral {Ubrn} could not be moved by transfer {Transfer}; the others are. Order the transfer again when it is mended")]
        public static partial void NotMoved(ILogger logger, Ubrn ubrn, string transfer, Exception bad);

        [LoggerMessage(7302, LogLevel.Information, "Transfer {Transfer} is finished: {Found} referrals found, {Moved} moved, {Failed} failed")]
        public static partial void Finished(ILogger logger, string transfer, int found, int moved, int failed);
    }
}
