using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Intake;
using EReferrals.Lifecycle.Reading;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle;

/// <summary><c>GET /v1/referrals/{ubrn}</c>: the whole referral, for readers who have a relationship with it.</summary>
public sealed class GetReferralFunction(
    ReferralTable referrals,
    ReferralAccess access,
    MissingReferrals missing,
    UbrnAllocator numbers,
    ReferralViews views,
    FirstViews firstViews,
    AuditTrail audit)
{
    /// <summary>How long an allocated UBRN without a referral is reported as queued.</summary>
    internal static readonly TimeSpan QueuedFor = TimeSpan.FromHours(24);

    [Function(nameof(GetReferralFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/referrals/{ubrn}")] HttpRequestData request,
        string ubrn,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!Ubrn.TryParse(ubrn, out var number)) return await request.RespondAsync(ReferralProblems.Unknown, cancellationToken);
        if (await referrals.FindAsync(number, cancellationToken) is not { } stored) return await RespondMissingAsync(request, number, cancellationToken);
        var referral = stored.Referral;
        var view = await access.ViewAsync(referral, context.Actor(), cancellationToken);
        if (view is null) return await request.RespondAsync(ReferralProblems.NoRelationship(context.Actor()), cancellationToken);
        if (referral.Ubrn != number) return ReferralProblems.Elsewhere(request, referral.Ubrn);
        await Task.WhenAll(
            audit.WriteAsync(context.Audited(AuditedAction.ReferralRead) with { Ubrn = number, Version = view.Version }, cancellationToken),
            firstViews.NoteAsync(referral, context.Actor()));
        return view.Version == referral.Version
            ? await views.RespondAsync(request, HttpStatusCode.OK, referral, cancellationToken)
            : await views.RespondPastAsync(request, view, cancellationToken);
    }

    private async Task<HttpResponseData> RespondMissingAsync(HttpRequestData request, Ubrn ubrn, CancellationToken cancellationToken)
    {
        var known = await missing.FindAsync(ubrn, request.FunctionContext.Actor(), cancellationToken);
        if (known is not null) return await request.RespondAsync(known, cancellationToken);
        if (!await numbers.MayBeTakenAsync(ubrn, QueuedFor, cancellationToken)) return await request.RespondAsync(ReferralProblems.Unknown, cancellationToken);
        var queued = new QueuedReferral(ubrn, "QUEUED");
        var response = await request.RespondAsync(HttpStatusCode.Accepted, queued, LifecycleJson.Default.QueuedReferral, cancellationToken);
        return response.WithHeader("Retry-After", "1");
    }
}
