using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Lifecycle.Reading;
using EReferrals.Overload;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle;

/// <summary><c>GET /v1/referrals/{ubrn}/history</c>: the changes of a referral, version by version, up to the version that the caller may read.</summary>
public sealed class GetHistoryFunction(ReferralTable referrals, ReferralAccess access, MissingReferrals missing, LargeAnswers large, AuditTrail audit)
{
    [Function(nameof(GetHistoryFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/referrals/{ubrn}/history")] HttpRequestData request,
        string ubrn,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!Ubrn.TryParse(ubrn, out var number)) return await request.RespondAsync(ReferralProblems.Unknown, cancellationToken);
        if (await referrals.FindAsync(number, cancellationToken) is not { } stored)
        {
            var problem = await missing.FindAsync(number, context.Actor(), cancellationToken) ?? ReferralProblems.Unknown;
            return await request.RespondAsync(problem, cancellationToken);
        }

        var view = await access.ViewAsync(stored.Referral, context.Actor(), cancellationToken);
        if (view is null) return await request.RespondAsync(ReferralProblems.NoRelationship(context.Actor()), cancellationToken);
        if (stored.Referral.Ubrn != number) return ReferralProblems.Elsewhere(request, stored.Referral.Ubrn);
        if (large.Refuse(context, stored.Referral.Version * LargeAnswers.EntryOfPage) is { } busy) return await request.RespondAsync(busy, cancellationToken);
        var events = await referrals.HistoryAsync(number, cancellationToken);
        await audit.WriteAsync(context.Audited(AuditedAction.HistoryRead) with { Ubrn = number, Version = view.Version }, cancellationToken);
        var history = new History(number, [.. events.Where(what => what.Version <= view.Version).Select(HistoryVersion.Create)]);
        return await request.RespondAsync(HttpStatusCode.OK, history, LifecycleJson.Default.History, cancellationToken);
    }
}
