using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Worklists.Reading;

/// <summary>
/// <c>GET /v1/worklists</c>: the worklists of the caller, their lengths and how many entries are overdue. While the tables do not respond, only the
/// lists that have a copy, with the age of the oldest copy. The response contains no patient data, so it is not audited.
/// </summary>
public sealed class ListWorklistsFunction(WorklistCounts counts, LiveReads live, TimeProvider clock)
{
    [Function(nameof(ListWorklistsFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ReferringAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ServiceProviderAdmin, Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/worklists")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var actor = context.Actor();
        var lists = WorklistRules.VisibleTo(actor.Role).Select(list => new WorklistName(actor.Organisation, list)).ToArray();
        if (await live.TryAsync(list: null, limit => Task.WhenAll(lists.Select(list => counts.ReadAsync(list, limit))), cancellationToken) is { } read)
        {
            return await RespondAsync(request, read, cancellationToken);
        }

        var found = (await Task.WhenAll(lists.Select(list => counts.FindCopyAsync(list, cancellationToken)))).OfType<KnownCount>().ToArray();
        if (found.Length == 0) return await request.RespondAsync(StaleList.Nowhere, cancellationToken);
        return (await RespondAsync(request, found, cancellationToken)).WithAge(clock.GetUtcNow() - found.Min(known => known.AsOf));
    }

    private static Task<HttpResponseData> RespondAsync(HttpRequestData request, IReadOnlyList<KnownCount> lists, CancellationToken cancellationToken)
    {
        var summaries = new WorklistSummaries([.. lists.Select(known => known.Summary)]);
        return request.RespondAsync(HttpStatusCode.OK, summaries, WorklistJson.Default.WorklistSummaries, cancellationToken);
    }
}
