using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Retention;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Security;
using EReferrals.Storage.Retention;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Retention;

/// <summary><c>PUT /v1/operations/referrals/{ubrn}/legal-hold</c>: keeps a referral, whatever its age, until the hold is lifted.</summary>
public sealed class PlaceLegalHoldFunction(GoneReferrals numbers, LegalHolds holds, KeptReferralResponse kept, AuditTrail audit, TimeProvider clock)
{
    private const int Tries = 10;

    [Function(nameof(PlaceLegalHoldFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> PlaceAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "v1/operations/referrals/{ubrn}/legal-hold")] HttpRequestData request,
        string ubrn,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await request.ReadJsonAsync(OperatorReason.Read, cancellationToken)).TryGet(out var reason, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        if (!Ubrn.TryParse(ubrn, out var number)) return await request.RespondAsync(KeptReferralResponse.Unknown, cancellationToken);
        await audit.WriteAsync(context.Audited(AuditedAction.LegalHoldPlaced) with { Ubrn = number }, cancellationToken);
        var hold = new LegalHold(context.Actor().User, context.Actor().Organisation, clock.GetUtcNow(), reason);
        for (var tries = 1; ; tries++)
        {
            var found = await numbers.LookAsync(number, cancellationToken);
            if (found is FoundNumber.Gone) return await request.RespondAsync(KeptReferralResponse.Gone, cancellationToken);
            if (found is not FoundNumber.Present { Tag: var tag } || await holds.PlaceAsync(number, tag, hold, cancellationToken))
            {
                return await kept.RespondAsync(request, found, cancellationToken);
            }

            if (tries == Tries) throw new TimeoutException($"Referral {number} was changed concurrently at each of {Tries} attempts.");
            await Task.Delay(RacePause.After(tries), TimeProvider.System, cancellationToken);
        }
    }
}
