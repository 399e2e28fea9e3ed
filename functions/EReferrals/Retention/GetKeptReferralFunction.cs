using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Retention;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Retention;

/// <summary><c>GET /v1/operations/referrals/{ubrn}/retention</c>: whether and why a referral is kept, and its version, without patient data.</summary>
public sealed class GetKeptReferralFunction(GoneReferrals numbers, KeptReferralResponse kept, AuditTrail audit)
{
    [Function(nameof(GetKeptReferralFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/operations/referrals/{ubrn}/retention")] HttpRequestData request,
        string ubrn,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!Ubrn.TryParse(ubrn, out var number)) return await request.RespondAsync(KeptReferralResponse.Unknown, cancellationToken);
        await audit.WriteAsync(context.Audited(AuditedAction.RetentionRead) with { Ubrn = number }, cancellationToken);
        return await kept.RespondAsync(request, await numbers.LookAsync(number, cancellationToken), cancellationToken);
    }
}
