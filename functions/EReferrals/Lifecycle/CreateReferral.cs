using EReferrals.Intake;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Shortlists;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Storage.Retention;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.Logging;

namespace EReferrals.Lifecycle;

/// <summary>
/// Creates a referral at once, so that its caller can read it at once: 1 decide, 2 take a UBRN and record the idempotency key, 3 schedule a follow-up
/// message, 4 save, 5 check for duplicates and announce. After a stop before 4, nothing exists: the key, if any, keeps the UBRN for the retry, and the
/// follow-up finds no referral. After a stop after 4, the referral exists, the follow-up updates the worklists, and a retry with the key finds it.
/// </summary>
public sealed partial class CreateReferral(
    UbrnAllocator numbers,
    SenderKeys keys,
    ReferralTable referrals,
    DuplicateCheck duplicates,
    ReferralBus bus,
    ReferralLedger ledger,
    TimeProvider clock,
    ILogger<CreateReferral> logger)
{
    private static readonly TimeSpan PromiseAfter = TimeSpan.FromSeconds(30);

    // Shorter than PromiseAfter, as for a command.
    private static readonly TimeSpan SaveLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AnnounceLimit = TimeSpan.FromSeconds(3);

    public async Task<CreateOutcome> CreateAsync(ShortlistedReferral draft, Idempotency? key, CancellationToken cancellationToken)
    {
        var organisation = draft.Referrer.Organisation;
        var record = key is null ? null : await keys.FindAsync(organisation, key, cancellationToken);
        if (record is not null && (record.Ubrn is null || !key!.IsOf(record.BodyHash))) return new CreateOutcome.KeyUsedOtherwise();
        if (record?.Ubrn is { } first && await referrals.FindAsync(first, cancellationToken) is { } stored) return new CreateOutcome.Repeated(stored.Referral);

        // Refuse before a number is taken.
        var now = clock.GetUtcNow();
        var ubrn = record?.Ubrn;
        if (ReferralRules.Create(draft, ubrn ?? default, now) is Decision.Refused refused) return new CreateOutcome.Refused(refused.Refusals);
        ubrn ??= await numbers.TakeAsync(cancellationToken);
        if (key is not null)
        {
            // Of two requests with the same key at once, both go on with the same number, and the save lets one of them win.
            record = await keys.RecordAsync(organisation, key, ubrn.Value, cancellationToken);
            if (record.Ubrn is not { } recorded || !key.IsOf(record.BodyHash)) return new CreateOutcome.KeyUsedOtherwise();
            ubrn = recorded;
        }

        var decision = (Decision.Changed)ReferralRules.Create(draft, ubrn.Value, now);
        await bus.PromiseAsync(FollowUp.OfCreated(decision.After), now + PromiseAfter, draft.CorrelationId, cancellationToken);
        // From here on, ignore the caller's cancellation: cancelling a save leaves its outcome unknown.
        using var limit = new CancellationTokenSource(SaveLimit, clock);
        Referral saved;
        try
        {
            saved = await referrals.InsertAsync(decision, key, limit.Token);
        }
        catch (ReferralGoneException)
        {
            // The key was used for a referral that was erased since.
            return new CreateOutcome.KeyUsedOtherwise();
        }

        ledger.Note(saved.Ubrn);
        var isNew = ReferenceEquals(saved, decision.After);
        await AnnounceAsync(saved, isNew, draft.CorrelationId);
        return isNew ? new CreateOutcome.Created(saved) : new CreateOutcome.Repeated(saved);
    }

    private async Task AnnounceAsync(Referral saved, bool isNew, string correlationId)
    {
        using var limit = new CancellationTokenSource(AnnounceLimit, clock);
        try
        {
            var kept = isNew ? await duplicates.KeepNewAsync(saved, limit.Token) : await duplicates.KeepAsync(saved, [], limit.Token);
            await bus.AnnounceAsync(WorklistRules.Changes(before: null, saved, kept.Duplicates), correlationId, CancellationToken.None);
            await duplicates.TellOthersAsync(kept, correlationId, limit.Token);
        }
        catch (Exception ex) when (Transient.Is(ex))
        {
            // The referral is saved and its follow-up is scheduled, so the worklists show it 30 s later. The caller need not know.
            Log.ListsWillFollow(logger, saved.Ubrn, ex);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1205, LogLevel.Warning, "New referral {Ubrn} was not announced at once; its follow-up will announce it")]
        public static partial void ListsWillFollow(ILogger logger, Ubrn ubrn, Exception ex);
    }
}

/// <summary>The outcome of a creation.</summary>
public abstract record CreateOutcome
{
    private CreateOutcome()
    {
    }

    public sealed record Created(Referral Referral) : CreateOutcome;

    /// <summary>The same request was sent before; this is its referral as it is now.</summary>
    public sealed record Repeated(Referral Referral) : CreateOutcome;

    /// <summary>All reasons for the refusal; at least one.</summary>
    public sealed record Refused(IReadOnlyList<Refusal> Refusals) : CreateOutcome;

    /// <summary>The idempotency key belongs to another request.</summary>
    public sealed record KeyUsedOtherwise : CreateOutcome;
}
