using System.Globalization;
using System.Net;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Referrals;
using EReferrals.Security;
using EReferrals.Storage;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Contingency;

/// <summary>
/// <c>GET /v1/contingency</c>: the pack of the caller's organisation and side, and in the header <c>Link</c> (or, when JSON is asked for, in
/// <c>links</c>) where it can be read without this service.
/// </summary>
public sealed class GetPackFunction(PackBlobs packs, AuditTrail audit, TimeProvider clock)
{
    /// <summary>From Friday evening to Monday evening (decision record 0007).</summary>
    internal static readonly TimeSpan LinkLives = TimeSpan.FromHours(72);

    // A response is held in memory several times over; a larger pack is fetched by its link.
    private const long LargestBody = 32 * 1024 * 1024;

    private static readonly TimeSpan NextPack = TimeSpan.FromMinutes(15);

    [Function(nameof(GetPackFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "v1/contingency")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellation)
    {
        if (new QueryReader(request).Problem() is { } badQuery) return await request.AnswerAsync(badQuery, cancellation);
        var actor = context.Actor();
        var name = new PackName(actor.Organisation, actor.Role.IsProviding() ? PackSide.Provider : PackSide.Referrer);
        if (await packs.FindAsync(name, cancellation) is not { } pack) return await request.AnswerAsync(NoneYet(), cancellation);
        if (EntityTag.IsNoneMatch(request, pack.Tag)) return request.Answer(HttpStatusCode.NotModified).WithHeader("ETag", pack.Tag);

        await audit.WriteAsync(context.Audited(AuditedAction.PackRead), cancellation);
        var expires = clock.GetUtcNow() + LinkLives;
        var link = await packs.LinkAsync(name, expires, cancellation);
        return (await BodyAsync(request, name, pack, link, expires, cancellation))
            .WithHeader("ETag", pack.Tag)
            .WithHeader("Last-Modified", pack.Generated.ToString("R", CultureInfo.InvariantCulture))
            .WithHeader("Link", $"<{link.AbsoluteUri}>; rel=\"alternate\"; type=\"application/zip\"; title=\"Works without this service until {expires.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}\"");
    }

    private async Task<HttpResponseData> BodyAsync(
        HttpRequestData request, PackName name, StoredPack pack, Uri link, DateTimeOffset expires, CancellationToken cancellation)
    {
        if (request.Header("Accept")?.Contains("application/json", StringComparison.OrdinalIgnoreCase) == true)
        {
            var about = new PackAbout(name.Organisation, name.Side, pack.Generated, pack.Size, new PackLinks(link, expires));
            return await request.AnswerAsync(HttpStatusCode.OK, about, ContingencyJson.Default.PackAbout, cancellation);
        }

        if (pack.Size > LargestBody) return request.Answer(HttpStatusCode.TemporaryRedirect).WithHeader("Location", link.AbsoluteUri);
        var content = await packs.ReadAsync(name, pack, cancellation);
        var file = string.Create(CultureInfo.InvariantCulture, $"{name.Organisation}-{pack.Generated.UtcDateTime:yyyyMMdd'T'HHmm'Z'}.zip");
        return (await request.AnswerAsync(HttpStatusCode.OK, "application/zip", content.ToArray(), cancellation))
            .WithHeader("Content-Disposition", $"attachment; filename=\"{file}\"");
    }

    private static Problem NoneYet() =>
        Problem.NotFound("There is no pack yet. Packs are made every 15 minutes for organisations whose worklists have changed.") with { RetryAfter = NextPack };
}
