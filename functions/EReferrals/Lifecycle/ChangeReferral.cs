using EReferrals.Intake;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Slots;
using EReferrals.Storage.Lists;
using EReferrals.Storage.Retention;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.Logging;

namespace EReferrals.Lifecycle;

/// <summary>
/// Applies a command to a referral: 1 read, reserve the idempotency key and decide, 2 link attachments, 3 schedule a follow-up message (the promise),
/// reserve the slot if one is booked, 4 commit, 5 take the slot, give back the former one, check for duplicates and announce. After a stop before 4,
/// nothing has changed: the caller may name an attachment that is already linked again, and the follow-up 30 s later finds the worklists correct and
/// releases the slot. After a stop after 4, the referral has changed, and the follow-up updates the worklists and the slots.
/// </summary>
public sealed partial class ChangeReferral(
    ReferralTable referrals,
    AttachmentTable attachments,
    FileIndex index,
    AppointmentDays appointments,
    IdempotencyTable keys,
    SlotReservations slots,
    DuplicateCheck duplicates,
    ReferralBus bus,
    ReferralLedger ledger,
    TimeProvider clock,
    ILogger<ChangeReferral> logger)
{
    private const int Tries = 10;

    private static readonly TimeSpan PromiseAfter = TimeSpan.FromSeconds(30);

    // Shorter than PromiseAfter: a commit after the follow-up would not reach the worklists if this process stopped right after it.
    private static readonly TimeSpan CommitLimit = TimeSpan.FromSeconds(20);

    // The caller waits for the slots and for the announcement. The follow-up does what is not done within this limit.
    private static readonly TimeSpan AnnounceLimit = TimeSpan.FromSeconds(3);

    public Task<ChangeOutcome> ApplyAsync(
        Ubrn ubrn, int ifMatch, Command command, Actor actor, string correlationId, CancellationToken cancellationToken) =>
        ApplyAsync(ubrn, ifMatch, command, actor, correlationId, key: null, onPaper: null, cancellationToken);

    public Task<ChangeOutcome> ApplyAsync(
        Ubrn ubrn, int ifMatch, Command command, Actor actor, string correlationId, Idempotency? key, CancellationToken cancellationToken) =>
        ApplyAsync(ubrn, ifMatch, command, actor, correlationId, key, onPaper: null, cancellationToken);

    /// <param name="key">Committed together with the change, so that a retry finds what the first request did.</param>
    /// <param name="onPaper">When and by whom the action was taken; null when the caller takes it now.</param>
    public async Task<ChangeOutcome> ApplyAsync(
        Ubrn ubrn, int ifMatch, Command command, Actor actor, string correlationId, Idempotency? key, OnPaper? onPaper, CancellationToken cancellationToken)
    {
        var read = await referrals.FindAsync(ubrn, cancellationToken);
        if (read is null) return new ChangeOutcome.Unknown();
        if (read.Referral.Ubrn != ubrn)
        {
            // Only those who may know the referral learn that the number is an alias of its number.
            return ReferralRules.Forbids(read.Referral, command, actor) is { } strange
                ? new ChangeOutcome.Refused(strange)
                : new ChangeOutcome.Elsewhere(read.Referral.Ubrn);
        }

        if (await DoneBeforeAsync(ubrn, actor, key, cancellationToken) is { } before) return await WithSlotSettledAsync(before);
        if (ReferralRules.Forbids(read.Referral, command, actor) is { } forbidden) return new ChangeOutcome.Refused(forbidden);
        if (key is not null && !await keys.ReserveAsync(actor.Organisation, key, cancellationToken)) return new ChangeOutcome.KeyUsedOtherwise();
        if (read.Referral.Version != ifMatch) return new ChangeOutcome.Stale();
        switch (ReferralRules.Decide(read.Referral, command, actor, clock.GetUtcNow(), correlationId, onPaper))
        {
            case Decision.Refused refused:
                return new ChangeOutcome.Refused(refused.Refusals);
            case Decision.Changed change:
                if (await LinkAsync(read.Referral, change.After, cancellationToken) is { } taken) return new ChangeOutcome.Refused(taken);
                // Another change was committed first. With the same key, it may have been this same request, sent twice at once.
                return await CommitAsync(read, change, correlationId, key, cancellationToken)
                    ?? await DoneBeforeAsync(ubrn, actor, key, cancellationToken)
                    ?? new ChangeOutcome.Stale();
            case var other:
                throw new InvalidOperationException($"Unknown decision {other.GetType().Name}.");
        }
    }

    /// <summary>
    /// Applies a decision of the service itself, and decides again when another change was committed first. Returns the resulting referral; null
    /// when no referral has this number.
    /// </summary>
    /// <param name="decide">Returns null when nothing must change. Called again for each newer version of the referral.</param>
    /// <exception cref="TimeoutException">Another change was committed first at each of ten attempts.</exception>
    public async Task<Referral?> RunForServiceAsync(Ubrn ubrn, Func<Referral, Task<Decision.Changed?>> decide, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            if (await referrals.FindAsync(ubrn, cancellationToken) is not { } read) return null;
            if (await decide(read.Referral) is not { } change) return read.Referral;
            if (await CommitAsync(read, change, change.Event.CorrelationId, key: null, cancellationToken) is not null) return change.After;
        }

        throw new TimeoutException($"Referral {ubrn} was changed concurrently at each of {Tries} attempts.");
    }

    private async Task<ChangeOutcome?> DoneBeforeAsync(Ubrn ubrn, Actor actor, Idempotency? key, CancellationToken cancellationToken)
    {
        if (key is null || await referrals.FindDoneAsync(ubrn, actor.Organisation, key, cancellationToken) is not { } done) return null;
        return key.IsOf(done.BodyHash) ? new ChangeOutcome.Repeated(done.Referral) : new ChangeOutcome.KeyUsedOtherwise();
    }

    // The rules have checked each attachment, but another referral may have been linked to it since.
    private async Task<Refusal?> LinkAsync(Referral before, Referral after, CancellationToken cancellationToken)
    {
        foreach (var added in after.Attachments.ExceptBy(before.Attachments.Select(attachment => attachment.Id), attachment => attachment.Id))
        {
            // A stop before the commit leaves a file that is linked and that no version of the referral has.
            await index.NoteAsync(added.Id, after.Ubrn, cancellationToken);
            if (await attachments.LinkAsync(added.Id, after.Ubrn, cancellationToken) == LinkOutcome.Linked) continue;
            return new Refusal("AttachmentMustBeFree", "INAPPROPRIATE_VALUE", $"Attachment {added.Id} belongs to another referral.", "/attachments");
        }

        return null;
    }

    // Returns null when another change was committed first.
    private async Task<ChangeOutcome?> CommitAsync(
        StoredReferral read, Decision.Changed change, string correlationId, Idempotency? key, CancellationToken cancellationToken)
    {
        await bus.PromiseAsync(FollowUp.From(read.Referral, change.After), clock.GetUtcNow() + PromiseAfter, correlationId, cancellationToken);
        if (IsBookedAnew(read.Referral, change.After)) await appointments.NoteAsync(change.After.Ubrn, change.After.Appointment!.Start, cancellationToken);
        var (touched, request) = (SlotRules.Touched(read.Referral, change.After), key?.KeyHash ?? correlationId);
        if (SlotRules.BookedBy(read.Referral, change.After) is { } slot
            && !await slots.TryReserveAsync(slot, change.After.Appointment!, change.After.Ubrn, request, cancellationToken))
        {
            return new ChangeOutcome.Refused(SlotRules.WhyNotAvailable(slot));
        }

        // From here on, ignore the caller's cancellation: cancelling a commit leaves its outcome unknown.
        using var limit = new CancellationTokenSource(CommitLimit, clock);
        if (!await referrals.CommitAsync(read, change, key, limit.Token))
        {
            await SettleAsync(change.After.Ubrn, touched, ended: request);
            return null;
        }

        ledger.Note(change.After.Ubrn);
        await SettleAsync(change.After.Ubrn, touched);
        await AnnounceAsync(read.Referral, change.After, correlationId);
        return new ChangeOutcome.Changed(change.After);
    }

    // The first request may have stopped after its commit.
    private async Task<ChangeOutcome> WithSlotSettledAsync(ChangeOutcome before)
    {
        if (before is ChangeOutcome.Repeated { Referral: var done } && SlotRules.SlotOf(done) is { } slot) await SettleAsync(done.Ubrn, [slot]);
        return before;
    }

    private async Task SettleAsync(Ubrn ubrn, IReadOnlyList<SlotName> touched, string? ended = null)
    {
        if (touched.Count == 0) return;
        using var limit = new CancellationTokenSource(AnnounceLimit, clock);
        try
        {
            foreach (var slot in touched) await slots.SettleAsync(slot, ended, limit.Token);
        }
        catch (Exception ex) when (Transient.Is(ex))
        {
            // The referral is right, and the follow-up settles its slots 30 s later.
            Log.SlotsWillFollow(logger, ubrn, ex);
        }
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
            // The change is committed and its follow-up is scheduled, so the worklists show it 30 s later. The caller need not know.
            Log.ListsWillFollow(logger, after.Ubrn, ex);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1201, LogLevel.Warning, "The change of referral {Ubrn} was not announced at once; its follow-up will announce it")]
        public static partial void ListsWillFollow(ILogger logger, Ubrn ubrn, Exception ex);

        [LoggerMessage(1204, LogLevel.Warning, "The slots of referral {Ubrn} were not settled at once; its follow-up will settle them")]
        public static partial void SlotsWillFollow(ILogger logger, Ubrn ubrn, Exception ex);
    }
}

/// <summary>The outcome of a command.</summary>
public abstract record ChangeOutcome
{
    private ChangeOutcome()
    {
    }

    public sealed record Changed(Referral Referral) : ChangeOutcome;

    /// <summary>The same request was applied before; this is the referral after it.</summary>
    public sealed record Repeated(Referral Referral) : ChangeOutcome;

    /// <summary>All reasons for the refusal; at least one.</summary>
    public sealed record Refused(params IReadOnlyList<Refusal> Refusals) : ChangeOutcome
    {
        public Refusal Refusal => Refusals[0];
    }

    /// <summary>The referral was changed after the caller read it.</summary>
    public sealed record Stale : ChangeOutcome;

    /// <summary>The idempotency key belongs to another request.</summary>
    public sealed record KeyUsedOtherwise : ChangeOutcome;

    /// <summary>The number is an alias of another referral's number.</summary>
    public sealed record Elsewhere(Ubrn Ubrn) : ChangeOutcome;

    public sealed record Unknown : ChangeOutcome;
}
