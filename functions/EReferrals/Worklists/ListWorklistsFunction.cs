using System.Collections.Concurrent;
using System.Net;
using EReferrals.Http;
using EReferrals.Referrals;
using EReferrals.Security;
using EReferrals.Storage;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Worklists;

/// <summary><c>GET /v1/worklists</c>: which lists the caller has and how long they are. Names nobody, so that it is not audited.</summary>
public sealed class ListWorklistsFunction(WorklistVersions versions, WorklistTable worklists)
{
    private readonly ConcurrentDictionary<WorklistName, (long Version, DateTimeOffset? Oldest)> _oldest = new();

    [Function(nameof(ListWorklistsFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ReferringAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin, Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/worklists")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellation)
    {
        if (new QueryReader(request).Problem() is { } problem) return await request.AnswerAsync(problem, cancellation);
        var actor = context.Actor();
        var summaries = await Task.WhenAll(WorklistRules.VisibleTo(actor.Role)
            .Select(list => SummaryOfAsync(new WorklistName(actor.Organisation, list), cancellation)));
        return await request.AnswerAsync(HttpStatusCode.OK, new WorklistSummaries(summaries), WorklistJson.Default.WorklistSummaries, cancellation);
    }

    private async Task<WorklistSummary> SummaryOfAsync(WorklistName worklist, CancellationToken cancellation)
    {
        var head = await versions.HeadAsync(worklist).WaitAsync(cancellation);
        if (head.Count == 0) return new WorklistSummary(worklist.List, 0, head.Version, Oldest: null);
        if (!_oldest.TryGetValue(worklist, out var known) || known.Version != head.Version)
        {
            known = (head.Version, await worklists.OldestAsync(worklist, cancellation));
            _oldest[worklist] = known;
        }

        return new WorklistSummary(worklist.List, head.Count, head.Version, known.Oldest);
    }
}
