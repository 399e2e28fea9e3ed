using System.Net;
using System.Text.Json.Nodes;
using EReferrals.Audit;
using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Resources;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Services;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Reading;

/// <summary>A029: the actions that are available to the caller on a referral.</summary>
public sealed class ListActionsFunction(ErsReferrals referrals, ServiceDirectory services, AuditTrail audit, TimeProvider clock)
{
    [Function(nameof(ListActionsFunction))]
    [ReadsQuery]
    [Ers("A029")]
    public async Task<HttpResponseData> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "referrals/FHIR/STU3/Task")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var query = new ErsQuery(request);
        var focus = query.Text("focus", text => VersionIn(request, text) is not null, required: true);
        query.Text("intent", text => text == "proposal", required: true);
        query.Text("status", text => text == "ready", required: true);
        if (query.Problem() is { } bad) return await request.RespondAsync(bad, cancellationToken);

        var named = VersionIn(request, focus!)!.Value;
        var (exists, read) = await referrals.SearchAsync(request, named.Ubrn, cancellationToken);
        if (!exists)
        {
            return await request.RespondAsync(Refused("REFERENCE_NOT_FOUND", "'focus' names a referral that does not exist."), cancellationToken);
        }

        // Before the version, so that a stranger does not learn which one is current.
        if (read is not (var referral, var view)) return await RespondAsync(request, [], cancellationToken);
        if (named.Version != view.Version)
        {
            return await request.RespondAsync(
                Refused("HISTORY_NOT_SUPPORTED", "'focus' must name the current version of the referral."), cancellationToken);
        }

        // The actions tell the state of the referral.
        await audit.WriteAsync(context.Audited(AuditedAction.ReferralRead) with { Ubrn = view.Ubrn, Version = view.Version }, cancellationToken);
        return await RespondAsync(request, await EntriesAsync(request, referral, context.Actor(), cancellationToken), cancellationToken);
    }

    private Task<HttpResponseData> RespondAsync(HttpRequestData request, IEnumerable<JsonObject> entries, CancellationToken cancellationToken)
    {
        var bundle = FhirBundle.Stu3(clock.GetUtcNow(), [FhirBundle.Self(request)], entries);
        return request.RespondAsync(HttpStatusCode.OK, FhirNodes.ContentType, FhirNodes.Bytes(bundle), cancellationToken);
    }

    private async Task<IEnumerable<JsonObject>> EntriesAsync(HttpRequestData request, Referral referral, Actor actor, CancellationToken cancellationToken)
    {
        var shortlisted = await Task.WhenAll(referral.Shortlist.Append(referral.Service.Id).Distinct()
            .Select(id => id == referral.Service.Id
                ? services.FindForAsync(id, referral.Service.Provider, cancellationToken)
                : services.FindAsync(id, cancellationToken)));
        var canBeBooked = shortlisted.Any(service => service is { TakesTriage: true } or { Bookable: Bookable.DirectlyBookable });
        var isDirect = shortlisted.Any(service => service is { Bookable: Bookable.DirectlyBookable } && service.Id == referral.Service.Id);
        var baseUrl = $"{ErsBase.Of(request)}/STU3";
        return AvailableActions.Of(referral, actor, canBeBooked, isDirect).Select(code => Entry(referral, code, baseUrl));
    }

    private static ReferralVersion? VersionIn(HttpRequestData request, string focus) =>
        ReferralVersion.From(ErsUrls.Relative(focus, ErsBase.Of(request)));

    private static JsonObject Entry(Referral referral, string action, string baseUrl)
    {
        var code = FhirNodes.Coding(ErsUrls.CodeSystem("eRS-AvailableActionsForUser-1"), action, AvailableActions.DisplayOf(action));
        var task = new JsonObject
        {
            ["id"] = Guid.NewGuid().ToString(),
            ["meta"] = FhirNodes.Meta(ErsUrls.CareConnectTask),
            ["resourceType"] = "Task",
            ["status"] = "ready",
            ["intent"] = "proposal",
            ["focus"] = FhirNodes.Reference(ReferralRequestResource.VersionedReference(referral)),
            ["code"] = FhirNodes.Concept(code),
        };
        return FhirBundle.Entry(task, baseUrl);
    }

    private static Problem Refused(string code, string diagnostics) => Problem.BadRequest(FieldError.OfParameter("focus", code, diagnostics));
}
