using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Audit.Contents;
using EReferrals.Http;
using EReferrals.Http.Paging;
using EReferrals.Http.Requests;
using EReferrals.Overload;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Services;
using EReferrals.Storage.Slots;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Slots;

/// <summary>
/// <c>GET /v1/services/{id}/slots</c>: the slots of a service in the order of their start times. Its provider sees all of them and which referral has
/// each; others see the free ones.
/// </summary>
public sealed class ListSlotsFunction(
    ServiceDirectory services, SlotReservations reservations, LargeAnswers large, ListAudit audit, CursorKeys cursors, TimeProvider clock)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1_000;

    [Function(nameof(ListSlotsFunction))]
    [ReadsQuery]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ReferringAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin, Role.ServiceDefiner,
        Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/services/{id}/slots")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var (actor, query) = (context.Actor(), new QueryReader(request));
        var service = Identifiers.IsServiceId(id) ? await services.FindForAsync(id, actor.Organisation, cancellationToken) : null;
        var isOwn = service?.Provider == actor.Organisation && !actor.Role.IsReferring();
        var (from, to) = (Instant(query, "from"), Instant(query, "to"));
        var limit = query.Number("limit", 1, MaxLimit, DefaultLimit);
        var format = Cursor.Create(cursors, "slots", actor.Organisation, id, isOwn ? "own" : "free", request.Query["from"], request.Query["to"]);
        var cursor = query.Text(
            "cursor", text => format.Decode(text) is [_], "the unchanged 'next' of a recent response with the same filters; or leave it out and start again");
        if (query.Problem() is { } problem) return await request.RespondAsync(problem, cancellationToken);
        if (service is null) return await request.RespondAsync(SlotProblems.NoService, cancellationToken);
        if (large.Refuse(context, limit * LargeAnswers.EntryOfPage) is { } busy) return await request.RespondAsync(busy, cancellationToken);

        var now = clock.GetUtcNow();
        var filter = new SlotFilter(from ?? now, to, OpenAt: isOwn ? null : now);
        var after = cursor is null ? null : format.Decode(cursor)![0];
        var (shown, next) = await reservations.ListAsync(id, filter, after, limit, cancellationToken);
        var held = ListedReferrals.From(shown.Select(slot => slot.Hold?.Ubrn).OfType<Ubrn>());
        if (held.Count > 0)
        {
            var entry = context.Audited(AuditedAction.SlotsRead) with
            {
                Service = id,
                Filters = ListAudit.FiltersOf(("from", InstantConverter.TextOf(filter.From)), ("to", to is { } end ? InstantConverter.TextOf(end) : null)),
                Range = after is null ? $"{limit}" : $"{limit} after {after}",
            };
            await audit.WriteAsync(entry, held, cancellationToken);
        }

        var page = new SlotsPage([.. shown.Select(SlotView.From)], next is null ? null : format.Encode(next));
        return await request.RespondAsync(HttpStatusCode.OK, page, SlotsJson.Default.SlotsPage, cancellationToken);
    }

    private static DateTimeOffset? Instant(QueryReader query, string name)
    {
        var text = query.Text(name, value => IsoInstant.TryParse(value, out _), "a date and time with an offset, such as 2026-11-01T09:00:00Z");
        return text is not null && IsoInstant.TryParse(text, out var instant) ? instant : null;
    }
}
