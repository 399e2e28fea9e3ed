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

/// <summary><c>DELETE /v1/operations/referrals/{ubrn}/legal-hold</c>: lifts a legal hold. Idempotent.</summary>
public sealed partial class LiftLegalHoldFunction(
    GoneReferrals numbers, LegalHolds holds, KeptReferralResponse kept, AuditTrail audit, TimeProvider clock, ILogger<LiftLegalHoldFunction> logger)
{
    [Function(nameof(LiftLegalHoldFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> LiftAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "v1/operations/referrals/{ubrn}/legal-hold")] HttpRequestData request,
        string ubrn,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await request.ReadJsonAsync(OperatorReason.Read, cancellationToken)).TryGet(out var reason, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        if (!Ubrn.TryParse(ubrn, out var number)) return await request.RespondAsync(KeptReferralResponse.Unknown, cancellationToken);
        var found = await numbers.LookAsync(number, cancellationToken);
        if (found is FoundNumber.Gone) return await request.RespondAsync(KeptReferralResponse.Gone, cancellationToken);
        if (found is FoundNumber.Present)
        {
            await audit.WriteAsync(context.Audited(AuditedAction.LegalHoldLifted) with { Ubrn = number }, cancellationToken);
            await holds.LiftAsync(
                number, new LegalHold(context.Actor().User, context.Actor().Organisation, clock.GetUtcNow(), reason), cancellationToken);
            Log.Lifted(logger, number, context.Actor().Organisation);
        }

        return await kept.RespondAsync(request, found, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(3301, LogLevel.Warning, "The legal hold of referral {Ubrn} was lifted by an operator of {Organisation}")]
        public static partial void Lifted(ILogger logger, Ubrn ubrn, string organisation);
    }
}
