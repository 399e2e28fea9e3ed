using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Storage;
using Microsoft.Extensions.Logging;

namespace EReferrals.Lifecycle;

/// <summary>
/// Carries out a command: 1 read and decide, 2 promise, 3 commit, 4 announce. A stop before 3 has changed nothing, and the promise, kept
/// 30 s later, finds the lists right; a stop after 3 has changed the referral, and the promise makes the lists follow.
/// </summary>
public sealed partial class ChangeReferral(
    ReferralTable referrals, ReferralBus bus, ReferralLedger ledger, TimeProvider clock, ILogger<ChangeReferral> logger)
{
    private static readonly TimeSpan PromiseAfter = TimeSpan.FromSeconds(30);

    public async Task<ChangeOutcome> RunAsync(
        Ubrn ubrn, int ifMatch, Command command, Actor actor, string correlationId, CancellationToken cancellation)
    {
        var read = await referrals.FindAsync(ubrn, cancellation);
        if (read is null) return new ChangeOutcome.Unknown();
        if (read.Referral.Ubrn != ubrn) return new ChangeOutcome.Elsewhere(read.Referral.Ubrn);
        if (ReferralRules.Forbids(read.Referral, command, actor) is { } forbidden) return new ChangeOutcome.Refused(forbidden);
        if (read.Referral.Version != ifMatch) return new ChangeOutcome.Stale();
        return ReferralRules.Decide(read.Referral, command, actor, clock.GetUtcNow(), correlationId) switch
        {
            Decision.Refused refused => new ChangeOutcome.Refused(refused.Refusal),
            Decision.Changed change => await CommitAsync(read, change, correlationId, cancellation),
            var other => throw new InvalidOperationException($"Not a decision: {other.GetType().Name}."),
        };
    }

    private async Task<ChangeOutcome> CommitAsync(
        StoredReferral read, Decision.Changed change, string correlationId, CancellationToken cancellation)
    {
        var changes = WorklistRules.Changes(read.Referral, change.After);
        await bus.PromiseAsync(change.After.Ubrn, changes.Select(one => one.Worklist), clock.GetUtcNow() + PromiseAfter, correlationId, cancellation);
        // From here on the caller's patience must not decide: a commit that is cancelled half-way has an unknown outcome.
        if (!await referrals.CommitAsync(read, change, CancellationToken.None)) return new ChangeOutcome.Stale();
        ledger.Note(change.After.Ubrn);
        await AnnounceAsync(changes, correlationId);
        return new ChangeOutcome.Changed(change.After);
    }

    private async Task AnnounceAsync(IReadOnlyList<WorklistChange> changes, string correlationId)
    {
        try
        {
            await bus.AnnounceAsync(changes, correlationId, CancellationToken.None);
        }
        catch (Exception late) when (Transient.Is(late))
        {
            // The change is made and promised to the lists; the caller need not know that they are 30 s late.
            Log.ListsWillFollow(logger, changes[0].Ubrn, late);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5001, LogLevel.Warning, "The change of referral {Ubrn} could not be announced at once; its follow-up will do it")]
        public static partial void ListsWillFollow(ILogger logger, Ubrn ubrn, Exception late);
    }
}

/// <summary>What became of a command.</summary>
public abstract record ChangeOutcome
{
    private ChangeOutcome()
    {
    }

    public sealed record Changed(Referral Referral) : ChangeOutcome;

    public sealed record Refused(Refusal Refusal) : ChangeOutcome;

    /// <summary>Somebody else changed it after the caller read it.</summary>
    public sealed record Stale : ChangeOutcome;

    /// <summary>The number is an alias of another.</summary>
    public sealed record Elsewhere(Ubrn Ubrn) : ChangeOutcome;

    public sealed record Unknown : ChangeOutcome;
}
