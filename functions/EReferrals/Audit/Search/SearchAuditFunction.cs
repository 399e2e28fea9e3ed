using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit.Contents;
using EReferrals.Http;
using EReferrals.Http.Paging;
using EReferrals.Http.Requests;
using EReferrals.Overload;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Retention;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Security;
using EReferrals.Storage.Retention;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Audit.Search;

/// <summary>
/// <c>GET /v1/operations/audit</c>: who saw a referral, from the audit trail, and who changed it, from its events or its tombstone. Delays no writer.
/// </summary>
public sealed class SearchAuditFunction(
    AuditSearch search, GoneReferrals numbers, DigestKeys keys, AuditTrail audit, LargeAnswers large, CursorKeys cursors, TimeProvider clock)
{
    private const int DefaultLimit = 200;
    private const int MaxLimit = 500;
    private const string Instant = "a date and time with an offset, such as 2026-11-01T09:00:00Z";

    private static readonly TimeSpan LongestSpan = TimeSpan.FromDays(31);

    // The request has eight seconds, and the search of the trail takes four.
    private static readonly TimeSpan ChangesLimit = TimeSpan.FromSeconds(2);

    [Function(nameof(SearchAuditFunction))]
    [ReadsQuery]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> SearchAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/operations/audit")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var query = new QueryReader(request);
        var ubrn = query.Text("ubrn", text => Ubrn.TryParse(text, out _), "the 12 digits of a UBRN", required: true);
        var (from, to) = (query.Text("from", IsInstant, Instant, required: true), query.Text("to", IsInstant, Instant, required: true));
        var place = Cursor.Create(cursors, "audit", ubrn, from, to);
        var cursor = query.Text(
            "cursor",
            text => SearchCursor.From(place.Decode(text)) is not null,
            "the unchanged 'next' of a recent response for the same UBRN and period; or leave it out and start again");
        var limit = query.Number("limit", 1, MaxLimit, DefaultLimit);
        if (query.Problem() is { } badQuery) return await request.RespondAsync(badQuery, cancellationToken);
        var (begin, end) = (Read(from!), Read(to!));
        if (WhyNot(begin, end) is { } badSpan) return await request.RespondAsync(Problem.BadRequest(badSpan), cancellationToken);
        if (large.Refuse(context, AuditSearch.Memory) is { } busy) return await request.RespondAsync(busy, cancellationToken);

        var number = Ubrn.Parse(ubrn!);
        var going = cursor is null ? null : SearchCursor.From(place.Decode(cursor));
        // Before the entry of this page, so that no page finds any of them.
        var until = going?.Until ?? SearchCursor.UntilOf(end, clock.GetUtcNow());
        var span = $"{InstantConverter.TextOf(begin)}/{InstantConverter.TextOf(end)}";
        await audit.WriteAsync(context.Audited(AuditedAction.AuditRead) with { Ubrn = number, Range = span }, cancellationToken);
        var (changes, files) = await KnownAsync(number, isFirst: cursor is null, cancellationToken);
        var lacksChanges = files is null;
        var terms = SearchTerms.ForReferral(number, begin, until, keys, files ?? []);
        var part = await search.SearchAsync(terms, begin, until, going?.Place, limit, cancellationToken);
        var answer = new AuditEntries(
            [.. part.Found.Select(SeenEntry.From)],
            changes?.Where(change => change.At >= begin && change.At < until).Select(SeenChange.From).ToArray(),
            lacksChanges ? true : null,
            part.Next?.Day,
            part.Next is null ? null : place.Encode(new SearchCursor(until, part.Next).Parts));
        return await request.RespondAsync(HttpStatusCode.OK, answer, SearchJson.Default.AuditEntries, cancellationToken);
    }

    // Who changed the referral, for the first answer only, and its files. Null while the tables are away: the trail can be searched without them.
    private async Task<(IReadOnlyList<PastChange>? Changes, IReadOnlyList<string>? Files)> KnownAsync(
        Ubrn ubrn, bool isFirst, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ChangesLimit);
        try
        {
            var files = await numbers.FilesAsync(ubrn, limit.Token);
            return (isFirst ? await numbers.ChangesAsync(ubrn, limit.Token) : null, files);
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken) || (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested))
        {
            return (null, null);
        }
    }

    private static FieldError? WhyNot(DateTimeOffset from, DateTimeOffset to)
    {
        if (to <= from) return FieldError.OfParameter("to", "CONFLICTING_VALUES", "'to' must be later than 'from'.");
        return to - from > LongestSpan
            ? FieldError.OfParameter("to", "INVALID_VALUE", $"'to' must be at most {LongestSpan.Days} days after 'from'. Search longer periods in parts.")
            : null;
    }

    private static bool IsInstant(string text) => IsoInstant.TryParse(text, out _);

    private static DateTimeOffset Read(string text) => IsoInstant.TryParse(text, out var instant) ? instant : throw new FormatException(Instant);
}
