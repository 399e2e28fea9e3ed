using EReferrals.Audit.Contents;
using EReferrals.Http;
using EReferrals.Http.Paging;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Lists;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Worklists.Reading;

/// <summary>The query of a request for a worklist.</summary>
/// <param name="Shown">What the ETag of the response stands for.</param>
internal sealed record WorklistQuery(WorklistFilter Filter, ListCursor? Cursor, int Limit, Representation Shown)
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;

    public static Result<WorklistQuery> Read(HttpRequestData request, WorklistName worklist, CursorKeys keys)
    {
        var query = new QueryReader(request);
        var filter = FilterIn(query);
        var limit = query.Number("limit", 1, MaxLimit, DefaultLimit);
        var cursor = query.Text(
            "cursor",
            text => ListCursor.Parse(text, keys, worklist, filter) is not null,
            "the unchanged 'next' of a recent response for this list with the same filters; or leave it out and start again");
        if (query.Problem() is { } problem) return problem;
        var shown = Representation.Signed(keys, PartsOf("page", worklist, filter, $"{limit}", cursor));
        return new WorklistQuery(filter, cursor is null ? null : ListCursor.Parse(cursor, keys, worklist, filter), limit, shown);
    }

    public static WorklistFilter FilterIn(QueryReader query) => new(
        query.Text("service", IsIdentifier, "a service id"),
        query.Text("specialty", text => Identifiers.IsListCode(text), "a code such as CARDIOLOGY"),
        query.Code<Priority>("priority"),
        query.Text("clinician", text => Identifiers.IsUserId(text), "a user id of 12 digits"));

    /// <param name="form">The format of the response: csv or print.</param>
    public static Representation WholeAs(string form, WorklistName worklist, WorklistFilter filter) => Representation.Create(PartsOf(form, worklist, filter));

    private static string?[] PartsOf(string form, WorklistName worklist, WorklistFilter filter, string? limit = null, string? cursor = null)
    {
        var priority = filter.Priority is { } chosen ? Code.From(chosen) : null;
        return [worklist.ToString(), form, filter.Service, filter.Specialty, priority, filter.Clinician, limit, cursor];
    }

    private static bool IsIdentifier(string text) =>
        text.Length <= 64 && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');
}

internal static class RecordedFilter
{
    /// <summary>The filter as the audit trail records it; null when it lets everything through.</summary>
    public static string? Recorded(this WorklistFilter filter) => ListAudit.FiltersOf(
        ("service", filter.Service),
        ("specialty", filter.Specialty),
        ("priority", filter.Priority is { } priority ? Code.From(priority) : null),
        ("clinician", filter.Clinician));
}

/// <summary>Finds the worklist of the caller that the path names.</summary>
internal static class WorklistAccess
{
    public static Result<WorklistName> From(string list, Actor actor)
    {
        if (!Code.TryParse<Worklist>(list, out var worklist)) return Problem.NotFound("There is no worklist with this name.");
        return WorklistRules.VisibleTo(actor.Role).Contains(worklist)
            ? new WorklistName(actor.Organisation, worklist)
            : Forbidden.ToRole(actor, $"{Code.From(actor.Role)} may not read {list}.");
    }
}
