using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Retention;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Retention;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Logging;

namespace EReferrals.Retention;

/// <summary>
/// <c>POST /v1/operations/referrals/{ubrn}/erase</c>: erases a referral that was registered in error. Idempotent: a repeat is recorded and continues the
/// erasure. The sweeper finishes what is left when the worklists have taken the referral off. A dead letter that waits is never deleted: its sender believes
/// that the patient is referred, and an operator must tell it.
/// </summary>
public sealed partial class EraseReferralFunction(
    GoneReferrals numbers,
    LegalHolds holds,
    QuarantinedLetters quarantine,
    ReferralRemoval removal,
    AuditTrail audit,
    KeptReferralResponse kept,
    TimeProvider clock,
    ILogger<EraseReferralFunction> logger)
{
    [Function(nameof(EraseReferralFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> EraseAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operations/referrals/{ubrn}/erase")] HttpRequestData request,
        string ubrn,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!EntityTag.IfMatch(request).TryGet(out var ifMatch, out var badTag)) return await request.RespondAsync(badTag, cancellationToken);
        if (!(await request.ReadJsonAsync(OperatorReason.Read, cancellationToken)).TryGet(out var reason, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        if (!Ubrn.TryParse(ubrn, out var number)) return await request.RespondAsync(KeptReferralResponse.Unknown, cancellationToken);
        if (await EraseAsync(number, ifMatch, reason, context, cancellationToken) is { } refusal)
        {
            return await request.RespondAsync(refusal, cancellationToken);
        }

        return await kept.RespondAsync(request, await numbers.LookAsync(number, cancellationToken), cancellationToken);
    }

    private async Task<Problem?> EraseAsync(Ubrn ubrn, int ifMatch, string reason, FunctionContext context, CancellationToken cancellationToken)
    {
        var all = await quarantine.AllAsync(cancellationToken);
        var aliases = await numbers.AliasesAsync(all.Select(letter => letter.Ubrn), cancellationToken);
        var letters = all.Where(letter => letter.IsAbout(ubrn, aliases)).ToArray();
        var entry = context.Audited(AuditedAction.ReferralErased);
        switch (await numbers.LookAsync(ubrn, cancellationToken))
        {
            case FoundNumber.Present read:
                if (await holds.FindAsync(ubrn, cancellationToken) is not null) return Held;
                if (read.Referral.Version != ifMatch) return Stale;
                if (!RetentionRules.MayErase(read.Referral)) return Live;
                if (letters.Any(letter => letter.DiscardedAt is null)) return Awaited;
                // From here on the sweeper finishes the erasure.
                await numbers.NoteAsync(ubrn, clock.GetUtcNow(), cancellationToken);
                if (!await removal.RemoveAsync(read, Signed, Removal.Erased, entry, cancellationToken)) return Stale;
                Log.Erased(logger, ubrn, context.Actor().Organisation);
                break;
            case FoundNumber.Gone:
                await audit.WriteAsync(entry with { Ubrn = ubrn }, cancellationToken);
                await removal.FinishAsync(ubrn, cancellationToken);
                break;
            default:
                return null;
        }

        foreach (var letter in letters.Where(letter => letter.DiscardedAt is not null)) await quarantine.DeleteAsync(letter, cancellationToken);
        return null;

        Tombstone Signed(Tombstone stone) => stone with { By = context.Actor().User, Reason = reason };
    }

    private static Problem Held { get; } = Problem.Conflict(
        "legal-hold", "The referral is under legal hold", "A referral under legal hold cannot be erased. Lift the hold first, if that is lawful.");

    private static Problem Stale { get; } = Problem.Stale("The referral was changed after you read it. Read it again, then decide whether to erase it.");

    private static Problem Live { get; } = Problem.Conflict(
        "referral-is-live", "The referral is live", "Care may depend on this referral. Its practice or hospital must cancel it, or record its end, first.");

    private static Problem Awaited { get; } = Problem.Conflict(
        "dead-letter-waits", "A dead letter waits for the referral", "Replay or discard the dead letters of this referral first.");

    private static partial class Log
    {
        [LoggerMessage(3306, LogLevel.Warning, "Referral {Ubrn} was erased by an operator of {Organisation}")]
        public static partial void Erased(ILogger logger, Ubrn ubrn, string organisation);
    }
}
