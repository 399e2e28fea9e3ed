using System.Collections.Concurrent;
using EReferrals.Lifecycle;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Blobs;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.Logging;

namespace EReferrals.Reconciliation;

/// <summary>
/// Looks whether what was accepted became a referral, and whether every referral that was accepted or changed stands on the lists that it
/// should stand on and on no other of its organisations, present and past. A wrong list is told again; a missing referral can only be reported. Both are
/// looked at again in every run until they are right, and one that changed just now is looked at when it has settled.
/// </summary>
public sealed partial class Reconciler(
    LedgerBlobs ledger,
    ReferralTable referrals,
    DuplicateCheck duplicates,
    WorklistReader worklists,
    ReferralBus bus,
    TimeProvider clock,
    ILogger<Reconciler> logger)
{
    private const int AtOnce = 8;

    // Whatever was under way is done by then, if all is well.
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(5);

    // Below the time until the next run.
    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(7);

    /// <summary>Throws when a store does not answer; everything is then left for the next run.</summary>
    public async Task<ReconciliationResult> ReconcileAsync(CancellationToken cancellationToken)
    {
        var begun = clock.GetTimestamp();
        var found = new ConcurrentDictionary<Ubrn, Finding>();
        DateTimeOffset? oldestMissing = null;
        foreach (var part in await ledger.OlderThanAsync(Settled, cancellationToken))
        {
            if (clock.GetElapsedTime(begun) > LongestRun) break;
            var open = await CheckAsync(part, found, cancellationToken);
            if (open.Any(ubrn => found[ubrn] == Finding.Missing)) oldestMissing ??= part.Begin;
        }

        var (repaired, missing) = (Count(Finding.Repaired), Count(Finding.Missing));
        var compared = found.Count - Count(Finding.Unsettled);
        if (repaired + missing > 0) Log.Differences(logger, compared, repaired, missing);
        return new ReconciliationResult(clock.GetUtcNow(), compared, repaired, missing, oldestMissing);

        int Count(Finding what) => found.Values.Count(finding => finding == what);
    }

    private async Task<IReadOnlyList<Ubrn>> CheckAsync(
        LedgerPart part, ConcurrentDictionary<Ubrn, Finding> found, CancellationToken cancellationToken)
    {
        var noted = await ledger.ReadAsync(part, cancellationToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(noted, options, async (ubrn, token) => found[ubrn] = await CheckAsync(ubrn, token));
        var open = noted.Where(ubrn => found[ubrn] != Finding.Right).ToArray();
        if (clock.GetUtcNow() - part.Begin > GiveUpAfter)
        {
            foreach (var ubrn in open.Where(IsSettled)) Log.GivenUp(logger, ubrn, found[ubrn]);
            // What was missing for a week and came just now has not been looked at yet.
            open = [.. open.Where(ubrn => !IsSettled(ubrn))];
        }

        if (open.Length == 0 || open.Length < noted.Count) await ledger.LeaveAsync(part, open, cancellationToken);
        return open;

        bool IsSettled(Ubrn ubrn) => found[ubrn] != Finding.Unsettled;
    }

    private async Task<Finding> CheckAsync(Ubrn ubrn, CancellationToken cancellationToken)
    {
        if (await referrals.FindAsync(ubrn, cancellationToken) is not { Referral: var referral }) return Finding.Missing;
        // Its changes are still on their way to the lists. It stays in the ledger: a submission is noted when it is accepted and not again when it
        // is processed, which in an outage may be long after.
        if (clock.GetUtcNow() - referral.Updated < Settled) return Finding.Unsettled;
        var wrong = await WrongListsAsync(referral, cancellationToken);
        if (wrong.Count == 0) return Finding.Right;
        Log.Repairing(logger, ubrn, wrong.Count);
        var known = await duplicates.FindAsync(referral, cancellationToken);
        await bus.AnnounceAsync(WorklistRules.Changes(wrong, referral, clock.GetUtcNow(), known), $"reconciler-{ubrn}", cancellationToken);
        return Finding.Repaired;
    }

    private async Task<IReadOnlyList<WorklistName>> WrongListsAsync(Referral referral, CancellationToken cancellationToken)
    {
        var right = WorklistRules.ListsOf(referral, clock.GetUtcNow()).ToHashSet();
        var looked = await Task.WhenAll(ListsOfItsOrganisations(referral).Select(async list =>
            (List: list, Shown: await worklists.ShownAsync(list, referral.Ubrn, cancellationToken))));
        return [.. looked.Where(one => IsWrong(one.Shown, right.Contains(one.List))).Select(one => one.List)];

        bool IsWrong(ShownReferral? shown, bool shouldStandHere) => shouldStandHere
            ? shown is not { IsListed: true } || shown.Version < referral.Version
            : shown is { IsListed: true };
    }

    private static IEnumerable<WorklistName> ListsOfItsOrganisations(Referral referral)
    {
        var referrers = referral.PastReferrers.Append(referral.Referrer.Organisation).Distinct();
        var providers = referral.PastProviders.Append(referral.Service.Provider).OfType<string>().Distinct();
        return referrers.SelectMany(WorklistRules.ListsOfReferrer).Concat(providers.SelectMany(WorklistRules.ListsOfProvider));
    }

    private enum Finding
    {
        Right,
        Unsettled,
        Repaired,
        Missing,
    }

    private static partial class Log
    {
        [LoggerMessage(7101, LogLevel.Warning, "Referral {Ubrn} is not as it should be on {Lists} worklist(s); it is announced again")]
        public static partial void Repairing(ILogger logger, Ubrn ubrn, int lists);

        [LoggerMessage(7102, LogLevel.Error, "Of {Checked} referrals {Repaired} were on wrong lists and {Missing} were accepted and are no referral yet. Look at the queues and the dead letters")]
        public static partial void Differences(ILogger logger, int @checked, int repaired, int missing);

        [LoggerMessage(7103, LogLevel.Error, "Referral {Ubrn} is {Finding} after seven days; the reconciler looks no more")]
        public static partial void GivenUp(ILogger logger, Ubrn ubrn, object finding);
    }
}
