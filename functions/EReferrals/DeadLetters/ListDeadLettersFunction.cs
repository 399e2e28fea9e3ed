using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Audit.Contents;
using EReferrals.Http;
using EReferrals.Http.Paging;
using EReferrals.Http.Requests;
using EReferrals.Messaging;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.DeadLetters;

/// <summary><c>GET /v1/operations/dead-letters</c>: the messages that could not be processed and wait for an operator.</summary>
public sealed class ListDeadLettersFunction(QuarantineTable quarantine, ListAudit audit, CursorKeys cursors)
{
    private const int MostShown = 100;

    private readonly Cursor _place = Cursor.Create(cursors, "dead-letters");

    [Function(nameof(ListDeadLettersFunction))]
    [ReadsQuery]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/operations/dead-letters")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var query = new QueryReader(request);
        var cursor = query.Text(
            "cursor", text => IdIn(text) is not null, "the unchanged 'next' of a recent response for this list; or leave it out and start again");
        var limit = query.Number("limit", 1, MostShown, MostShown);
        if (query.Problem() is { } badQuery) return await request.RespondAsync(badQuery, cancellationToken);

        var after = cursor is null ? null : IdIn(cursor);
        // One more than the limit shows whether there is a next page.
        var letters = await quarantine.ListAsync(Queues.All, after, limit + 1, cancellationToken);
        var shown = letters.Take(limit).ToArray();
        var ubrns = shown.Select(letter => Ubrn.TryParse(letter.Ubrn, out var ubrn) ? ubrn : (Ubrn?)null).OfType<Ubrn>();
        await audit.WriteAsync(context.Audited(AuditedAction.DeadLettersRead), ListedReferrals.From(ubrns), cancellationToken);
        var page = new DeadLettersPage([.. shown.Select(DeadLetterView.From)], letters.Count > limit ? _place.Encode(shown[^1].Id.ToString()) : null);
        return await request.RespondAsync(HttpStatusCode.OK, page, DeadLetterJson.Default.DeadLettersPage, cancellationToken);
    }

    private DeadLetterId? IdIn(string cursor) => _place.Decode(cursor) is [var text] ? DeadLetterIds.Parse(text) : null;
}
