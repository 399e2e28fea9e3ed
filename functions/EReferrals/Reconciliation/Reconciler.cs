using System.Collections.Concurrent;
using EReferrals.Lifecycle;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Slots;
using EReferrals.Storage.Blobs;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Retention;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.Logging;

namespace EReferrals.Reconciliation;

/// <summary>
/// Checks that every accepted submission became a referral, and that every accepted or changed referral is on exactly the right worklists of its present
/// and past organisations and has the slot of its appointment. Announces a referral again to each wrong list; can only report a missing referral.
/// Rechecks both in every run until they are right, for at most seven days. Leaves a referral that changed in the last five minutes to a later run.
/// </summary>
public sealed partial class Reconciler(
    LedgerBlobs ledger,
    ReferralTable referrals,
    GoneReferrals gone,
    DuplicateCheck duplicates,
    SlotReservations slots,
    WorklistReader worklists,
    ReferralBus bus,
    TimeProvider clock,
    ILogger<Reconciler> logger)
{
    private const int MaxParallel = 8;

    // Long enough for all processing to finish in normal operation.
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(5);

    // Less than the minute until the next run.
    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(7);

    /// <summary>Runs one reconciliation. Throws when a store does not respond; the ledger keeps the unfinished referrals for the next run.</summary>
    public async Task<ReconciliationResult> ReconcileAsync(CancellationToken cancellationToken)
    {
        var startedAt = clock.GetTimestamp();
        var found = new ConcurrentDictionary<Ubrn, Finding>();
        DateTimeOffset? oldestMissing = null;
        foreach (var part in await ledger.OlderThanAsync(Settled, cancellationToken))
        {
            if (clock.GetElapsedTime(startedAt) > LongestRun) break;
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
        var options = new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(noted, options, async (ubrn, token) => found[ubrn] = await CheckAsync(ubrn, token));
        var open = noted.Where(ubrn => found[ubrn] != Finding.Right).ToArray();
        if (clock.GetUtcNow() - part.Begin > GiveUpAfter)
        {
            foreach (var ubrn in open.Where(IsSettled)) Log.GivenUp(logger, ubrn, found[ubrn]);
            // A referral that was missing for a week and has just arrived is not checked yet.
            open = [.. open.Where(ubrn => !IsSettled(ubrn))];
        }

        if (open.Length == 0 || open.Length < noted.Count) await ledger.LeaveAsync(part, open, cancellationToken);
        return open;

        bool IsSettled(Ubrn ubrn) => found[ubrn] != Finding.Unsettled;
    }

    private async Task<Finding> CheckAsync(Ubrn ubrn, CancellationToken cancellationToken)
    {
        if (await referrals.FindAsync(ubrn, cancellationToken) is not { Referral: var referral })
        {
            // The sweeper finishes an erasure.
            return await gone.FindAsync(ubrn, cancellationToken) is null ? Finding.Missing : Finding.Right;
        }
        // Its changes may not have reached the worklists yet. Keep it in the ledger for the next run, because the ledger gets an entry only when a
        // submission is accepted, and in an outage the processing may be much later.
        if (clock.GetUtcNow() - referral.Updated < Settled) return Finding.Unsettled;
        var areSlotsWrong = await slots.RepairAsync(referral, cancellationToken);
        if (areSlotsWrong) Log.SlotRepaired(logger, ubrn);
        var wrong = await WrongListsAsync(referral, cancellationToken);
        if (wrong.Count == 0) return areSlotsWrong ? Finding.Repaired : Finding.Right;
        Log.Repairing(logger, ubrn, wrong.Count);
        var duplicate = await duplicates.FindAsync(referral, cancellationToken);
        await bus.AnnounceAsync(WorklistRules.Changes(wrong, referral, clock.GetUtcNow(), duplicate), $"reconciler-{ubrn}", cancellationToken);
        return Finding.Repaired;
    }

    private async Task<IReadOnlyList<WorklistName>> WrongListsAsync(Referral referral, CancellationToken cancellationToken)
    {
        var expected = WorklistRules.ListsOf(referral, clock.GetUtcNow()).ToHashSet();
        var lists = await Task.WhenAll(ListsOfOrganisations(referral).Select(async list =>
            (List: list, Shown: await worklists.ShownAsync(list, referral.Ubrn, cancellationToken))));
        return [.. lists.Where(entry => IsWrong(entry.Shown, expected.Contains(entry.List))).Select(entry => entry.List)];

        bool IsWrong(ShownReferral? shown, bool isExpected) => isExpected
            ? shown is not { IsListed: true } || shown.Version < referral.Version
            : shown is { IsListed: true };
    }

    private static IEnumerable<WorklistName> ListsOfOrganisations(Referral referral)
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
        [LoggerMessage(1902, LogLevel.Warning, "Referral {Ubrn} is wrong on {Lists} worklist(s); announcing it again")]
        public static partial void Repairing(ILogger logger, Ubrn ubrn, int lists);

        [LoggerMessage(
            1903,
            LogLevel.Error,
            "Checked {Checked} referrals: {Repaired} were wrong on worklists, {Missing} submissions have no referral. Check the queues and the dead letters")]
        public static partial void Differences(ILogger logger, int @checked, int repaired, int missing);

        [LoggerMessage(1907, LogLevel.Warning, "A slot of referral {Ubrn} did not agree with it; it was settled")]
        public static partial void SlotRepaired(ILogger logger, Ubrn ubrn);

        [LoggerMessage(1904, LogLevel.Error, "Referral {Ubrn} is {Finding} after seven days; the reconciler stops checking it")]
        public static partial void GivenUp(ILogger logger, Ubrn ubrn, object finding);
    }
}
