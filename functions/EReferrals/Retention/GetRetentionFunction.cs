using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Retention;
using EReferrals.Retention.Sweeping;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Retention;

/// <summary><c>GET /v1/operations/retention</c>: what is kept how long, and what the sweeper found, in a dry run too.</summary>
public sealed class GetRetentionFunction(Sweeper sweeper, Settings settings)
{
    [Function(nameof(GetRetentionFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/operations/retention")] HttpRequestData request,
        CancellationToken cancellationToken)
    {
        var progress = await sweeper.ProgressAsync(cancellationToken);
        var kinds = RetentionTable.All.Select(row => new RetentionPeriodView(
            row.Kind, row.Days is null ? null : (int)settings.Retention[row.Kind].TotalDays, row.Meaning, row.Deleter, row.LegalGround));
        var view = new RetentionView(settings.Sweep, [.. kinds], progress.Pass, progress.Last);
        return await request.RespondAsync(HttpStatusCode.OK, view, RetentionJson.Default.RetentionView, cancellationToken);
    }
}
