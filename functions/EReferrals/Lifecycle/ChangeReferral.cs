using EReferrals.Messaging;
using EReferrals.Reconciliation;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.Logging;

namespace EReferrals.Lifecycle;

/// <summary>
/// Carries out a command: 1 read, keep the key for it, decide, 2 link attachments, 3 promise, 4 commit, 5 look for duplicates and announce. A stop before 4 has changed nothing: an
/// attachment that is linked already may be named again, and the promise, kept 30 s later, finds the lists right. A stop after 4 has changed
/// the referral, and the promise makes the lists follow.
/// </summary>
public sealed partial class ChangeReferral(
    ReferralTable referrals,
    AttachmentTable attachments,
    AppointmentDays appointments,
    IdempotencyTable keys,
    DuplicateCheck duplicates,
    ReferralBus bus,
    ReferralLedger ledger,
    TimeProvider clock,
    ILogger<ChangeReferral> logger)
{
    private const int Tries = 10;

    private static readonly TimeSpan PromiseAfter = TimeSpan.FromSeconds(30);

    // A commit that outlives its promise would not be followed by the lists if we stop right after it.
    private static readonly TimeSpan CommitLimit = TimeSpan.FromSeconds(20);

    // The caller waits for it. What is not announced by then is announced by the promise.
    private static readonly TimeSpan AnnounceLimit = TimeSpan.FromSeconds(3);

    public Task<ChangeOutcome> ApplyAsync(
        Ubrn ubrn, int ifMatch, Command command, Actor actor, string correlationId, CancellationToken cancellationToken) =>
        ApplyAsync(ubrn, ifMatch, command, actor, correlationId, key: null, onPaper: null, cancellationToken);

    public Task<ChangeOutcome> ApplyAsync(
        Ubrn ubrn, int ifMatch, Command command, Actor actor, string correlationId, Idempotency? key, CancellationToken cancellationToken) =>
        ApplyAsync(ubrn, ifMatch, command, actor, correlationId, key, onPaper: null, cancellationToken);

    /// <param name="key">Saved with the change, so that the same request finds what it did: both are there or neither.</param>
    /// <param name="onPaper">When and by whom it was done, if that was not now and the caller.</param>
    public async Task<ChangeOutcome> ApplyAsync(
        Ubrn ubrn, int ifMatch, Command command, Actor actor, string correlationId, Idempotency? key, OnPaper? onPaper, CancellationToken cancellationToken)
    {
        var read = await referrals.FindAsync(ubrn, cancellationToken);
        if (read is null) return new ChangeOutcome.Unknown();
        if (read.Referral.Ubrn != ubrn) return new ChangeOutcome.Elsewhere(read.Referral.Ubrn);
        if (await DoneBeforeAsync(ubrn, actor, key, cancellationToken) is { } before) return before;
        if (ReferralRules.Forbids(read.Referral, command, actor) is { } forbidden) return new ChangeOutcome.Refused(forbidden);
        if (key is not null && !await keys.ReserveAsync(actor.Organisation, key, cancellationToken)) return new ChangeOutcome.KeyUsedOtherwise();
        if (read.Referral.Version != ifMatch) return new ChangeOutcome.Stale();
        switch (ReferralRules.Decide(read.Referral, command, actor, clock.GetUtcNow(), correlationId, onPaper))
        {
            case Decision.Refused refused:
                return new ChangeOutcome.Refused(refused.Refusals);
            case Decision.Changed change:
                if (await LinkAsync(read.Referral, change.After, cancellationToken) is { } taken) return new ChangeOutcome.Refused(taken);
                // Somebody else was faster; with the same key it was this request itself, sent twice at once.
                return await CommitAsync(read, change, correlationId, key, cancellationToken)
                    ?? await DoneBeforeAsync(ubrn, actor, key, cancellationToken)
                    ?? new ChangeOutcome.Stale();
            case var other:
                throw new InvalidOperationException($"Not a decision: {other.GetType().Name}.");
        }
    }

    /// <summary>Carries out what the service itself decides, anew when somebody else was faster. The referral as it is then; null when there is none of this number.</summary>
    /// <param name="decide">Null when nothing is to be changed. Called again for what another made of the referral.</param>
    public async Task<Referral?> RunForServiceAsync(Ubrn ubrn, Func<Referral, Task<Decision.Changed?>> decide, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            if (await referrals.FindAsync(ubrn, cancellationToken) is not { } read) return null;
            if (await decide(read.Referral) is not { } change) return read.Referral;
            if (await CommitAsync(read, change, change.Event.CorrelationId, key: null, cancellationToken) is not null) return change.After;
        }

        throw new TimeoutException($"Referral {ubrn} was changed by others all the while.");
    }

    private async Task<ChangeOutcome?> DoneBeforeAsync(Ubrn ubrn, Actor actor, Idempotency? key, CancellationToken cancellationToken)
    {
        if (key is null || await referrals.FindDoneAsync(ubrn, actor.Organisation, key, cancellationToken) is not { } done) return null;
        return key.IsOf(done.BodyHash) ? new ChangeOutcome.Repeated(done.Referral) : new ChangeOutcome.KeyUsedOtherwise();
    }

    // The rules have looked at each of them; another referral can still have been faster.
    private async Task<Refusal?> LinkAsync(Referral before, Referral after, CancellationToken cancellationToken)
    {
        foreach (var added in after.Attachments.ExceptBy(before.Attachments.Select(attachment => attachment.Id), attachment => attachment.Id))
        {
            if (await attachments.LinkAsync(added.Id, after.Ubrn, cancellationToken) == LinkOutcome.Linked) continue;
            return new Refusal("AttachmentMustBeFree", "INAPPROPRIATE_VALUE", $"Attachment {added.Id} belongs to another referral.", "/attachments");
        }

        return null;
    }

    // Null when somebody else changed the referral meanwhile.
    private async Task<ChangeOutcome?> CommitAsync(
        StoredReferral read, Decision.Changed change, string correlationId, Idempotency? key, CancellationToken cancellationToken)
    {
        await bus.PromiseAsync(FollowUp.From(read.Referral, change.After), clock.GetUtcNow() + PromiseAfter, correlationId, cancellationToken);
        if (IsBookedAnew(read.Referral, change.After)) await appointments.NoteAsync(change.After.Ubrn, change.After.Appointment!.Start, cancellationToken);
        // From here on the caller's patience must not decide: a commit that is cancelled half-way has an unknown outcome.
        using var limit = new CancellationTokenSource(CommitLimit, clock);
        if (!await referrals.CommitAsync(read, change, key, limit.Token)) return null;
        ledger.Note(change.After.Ubrn);
        await AnnounceAsync(read.Referral, change.After, correlationId);
        return new ChangeOutcome.Changed(change.After);
    }

    private static bool IsBookedAnew(Referral before, Referral after) =>
        after is { State: ReferralState.Booked, Completed: false, Appointment: not null }
        && (before.State != ReferralState.Booked || before.Completed || before.Appointment != after.Appointment);

    private async Task AnnounceAsync(Referral before, Referral after, string correlationId)
    {
        using var limit = new CancellationTokenSource(AnnounceLimit, clock);
        try
        {
            var kept = await duplicates.KeepAsync(after, DuplicateRules.Touched(before, after), limit.Token);
            await bus.AnnounceAsync(WorklistRules.Changes(before, after, kept.Duplicates), correlationId, CancellationToken.None);
            if (kept.HasChanged) await duplicates.TellOthersAsync(kept, correlationId, limit.Token);
        }
        catch (Exception ex) when (Transient.Is(ex))
        {
            // The change is made and promised to the lists; the caller need not know that they are 30 s late.
            Log.ListsWillFollow(logger, after.Ubrn, ex);
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

    /// <summary>The same request was carried out before; this is what it made of the referral.</summary>
    public sealed record Repeated(Referral Referral) : ChangeOutcome;

    /// <summary>Everything that stands against it; at least one thing.</summary>
    public sealed record Refused(params IReadOnlyList<Refusal> Refusals) : ChangeOutcome
    {
        public Refusal Refusal => Refusals[0];
    }

    /// <summary>Somebody else changed it after the caller read it.</summary>
    public sealed record Stale : ChangeOutcome;

    /// <summary>The idempotency key stands for another request.</summary>
    public sealed record KeyUsedOtherwise : ChangeOutcome;

    /// <summary>The number is an alias of another.</summary>
    public sealed record Elsewhere(Ubrn Ubrn) : ChangeOutcome;

    public sealed record Unknown : ChangeOutcome;
}
