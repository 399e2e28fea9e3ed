using System.Globalization;
using System.Net;
using EReferrals.Audit;
using EReferrals.Ers.Fhir;
using EReferrals.Http;
using EReferrals.Lifecycle;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Reading;

/// <summary>Reads one referral as the plain API does: audited, and with the first view noted for its referrer.</summary>
public sealed class ReferralReading(ErsReferrals referrals, FirstViews firstViews, AuditTrail audit)
{
    public async Task<HttpResponseData> ReadAsync(HttpRequestData request, string ubrn, string? version, CancellationToken cancellationToken)
    {
        if (!(await referrals.FindAsync(request, ubrn, ErsReferrals.Unknown, cancellationToken)).TryGet(out var read, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        // After the relationship, so that a stranger does not learn which version is current.
        if (version is not null && version != read.View.Version.ToString(CultureInfo.InvariantCulture))
        {
            return await request.RespondAsync(OldVersion, cancellationToken);
        }

        var context = request.FunctionContext;
        await Task.WhenAll(
            audit.WriteAsync(context.Audited(AuditedAction.ReferralRead) with { Ubrn = read.View.Ubrn, Version = read.View.Version }, cancellationToken),
            firstViews.NoteAsync(read.Current, context.Actor()));
        return await referrals.RespondAsync(request, HttpStatusCode.OK, read.View, cancellationToken);
    }
    private static Problem OldVersion { get; } = Problem.NotFound("Only the current version of a referral can be read.");
}
