using System.Globalization;
using System.Net;
using System.Text.Json;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Messaging;
using EReferrals.Overload;
using EReferrals.Referrals;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Logging;

namespace EReferrals.Worklists;

/// <summary>Step 4 of the flow: <c>GET /v1/worklists/{list}</c>. A list can always be read: live, or the last good copy with its age.</summary>
public sealed partial class GetWorklistFunction(
    WorklistVersions versions, WorklistPages pages, AuditTrail audit, Workload workload, Telemetry telemetry, TimeProvider clock, ILogger<GetWorklistFunction> logger)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ComeBackAfter = TimeSpan.FromSeconds(5);

    [Function(nameof(GetWorklistFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ReferringAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin, Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/worklists/{list}")] HttpRequestData request,
        string list,
        FunctionContext context,
        CancellationToken cancellation)
    {
        var (worklist, refused) = WorklistAccess.Of(list, context.Actor());
        if (refused is not null) return await request.AnswerAsync(refused, cancellation);
        var (query, badQuery) = WorklistQuery.Read(request);
        if (query is null) return await request.AnswerAsync(badQuery!, cancellation);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Limit);
            var head = await versions.HeadAsync(worklist).WaitAsync(limit.Token);
            if (EntityTag.IsNoneMatch(request, EntityTag.Of(head.Version))) return NotModified(request, head.Version);
            if (workload.Refuse(Importance.Reading) is { } busy) return await request.AnswerAsync(busy, cancellation);
            var page = await pages.ReadAsync(worklist, query, head, limit.Token);
            return await AnswerAsync(request, worklist, query, page, "live", cancellation);
        }
        catch (Exception unreachable) when (Transient.Is(unreachable, cancellation))
        {
            Log.NotLive(logger, worklist.List, unreachable);
            return pages.LastGood(worklist, query) is { } page
                ? Aged(await AnswerAsync(request, worklist, query, page, "memory", cancellation), clock.GetUtcNow() - page.AsOf)
                : await request.AnswerAsync(Problem.Unavailable("The worklist cannot be read just now.", ComeBackAfter), cancellation);
        }
    }

    private async Task<HttpResponseData> AnswerAsync(
        HttpRequestData request, WorklistName worklist, WorklistQuery query, WorklistPage page, string source, CancellationToken cancellation)
    {
        var entry = request.FunctionContext.Audited(AuditedAction.WorklistRead) with { Worklist = worklist.ToString() };
        await audit.WriteAsync(entry, cancellation);
        telemetry.Polled(source == "live" ? "200" : source);
        var body = Render(worklist, query, page, source);
        return WithTag(await request.AnswerAsync(HttpStatusCode.OK, Answers.Json, body, cancellation), page.Version);
    }

    private static byte[] Render(WorklistName worklist, WorklistQuery query, WorklistPage page, string source)
    {
        // Every page of one reading carries the cursor of its first page: what changed meanwhile is then in the feed.
        var changes = query.Cursor?.Changes ?? new ChangesCursor(page.Version, 0, page.AsOf);
        using var buffer = new MemoryStream(page.Entries.Length + 512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("list", Code.Of(worklist.List));
            json.WriteString("organisation", worklist.Organisation);
            json.WriteNumber("version", page.Version);
            json.WriteString("asOf", page.AsOf.UtcDateTime);
            json.WriteString("source", source);
            json.WritePropertyName("entries");
            json.WriteRawValue(page.Entries, skipInputValidation: true);
            json.WriteString("next", page.LastSortKey is null ? null : new ListCursor(page.LastSortKey, changes).ToString());
            json.WriteString("changes", changes.ToString());
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private HttpResponseData NotModified(HttpRequestData request, long version)
    {
        telemetry.Polled("304");
        return WithTag(request.Answer(HttpStatusCode.NotModified), version);
    }

    private static HttpResponseData WithTag(HttpResponseData response, long version) => response
        .WithHeader("ETag", EntityTag.Of(version))
        .WithHeader("Cache-Control", "private, max-age=0, must-revalidate");

    private static HttpResponseData Aged(HttpResponseData response, TimeSpan age) => response
        .WithHeader("Warning", "110 - \"Response is Stale\"")
        .WithHeader("Age", Math.Max(0, Math.Floor(age.TotalSeconds)).ToString(CultureInfo.InvariantCulture));

    private static partial class Log
    {
        [LoggerMessage(4001, LogLevel.Warning, "{Worklist} could not be read from the tables; the last good copy is served if there is one")]
        public static partial void NotLive(ILogger logger, Worklist worklist, Exception unreachable);
    }
}
