using System.Globalization;
using System.Net;
using Azure;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Audit.Contents;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Overload;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Logging;

namespace EReferrals.Contingency.Packs;

/// <summary>
/// <c>GET /v1/contingency</c>: returns the contingency pack of the caller's organisation and side (provider or referrer). The header <c>Link</c>, or the
/// member <c>links</c> of a JSON response, is a signed link that downloads this generation of the pack without this
/// service. Applications get it, and roles that the settings name.
/// </summary>
public sealed partial class GetPackFunction(
    PackBlobs packs, ListAudit audit, LargeAnswers large, Settings settings, TimeProvider clock, ILogger<GetPackFunction> logger)
{
    /// <summary>From Friday evening to Monday evening (decision record 0007).</summary>
    internal static readonly TimeSpan LinkLifetime = TimeSpan.FromHours(72);

    private const string Zip = "application/zip";
    private const string Json = "application/json";

    // The app holds several copies of a response in memory, so it redirects to the link for a larger pack.
    private const long LargestBody = 32 * 1024 * 1024;

    private static readonly TimeSpan NextPack = TimeSpan.FromMinutes(15);

    [Function(nameof(GetPackFunction))]
    [Requires(
        Role.ReferringClinician, Role.ReferringClinicianAdmin,
        Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin, Role.ProviderAuthorisedApplication)]
    public async Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/contingency")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var actor = context.Actor();
        var name = new PackName(actor.Organisation, actor.Role.IsProviding() ? PackSide.Provider : PackSide.Referrer);
        if (await packs.FindAsync(name, cancellationToken) is not { } pack) return await request.RespondAsync(NoneYet(), cancellationToken);
        var expires = clock.GetUtcNow() + LinkLifetime;
        if (!Accept.Choose(request.Headers, Zip, Json).TryGet(out var form, out var unacceptable))
        {
            return (await request.RespondAsync(unacceptable, cancellationToken)).WithHeader("Vary", "Accept");
        }

        var wanted = new Wanted(name, form, expires);
        if (EntityTag.IsNoneMatch(request, wanted.TagOf(pack))) return Tagged(request.Respond(HttpStatusCode.NotModified), wanted, pack);

        var mayHaveLink = PackLinkRules.MayHaveLink(actor.Role, settings.LinkRoles);
        var size = mayHaveLink ? Math.Min(pack.Size, LargestBody) : pack.Size;
        if (form == Zip && large.Refuse(context, LargeAnswers.CopiesOfAnswer * size) is { } busy)
        {
            return await request.RespondAsync(busy, cancellationToken);
        }

        var link = mayHaveLink ? await LinkAsync(context, name, pack, expires, cancellationToken) : null;
        var response = await BodyAsync(request, wanted, pack, link, cancellationToken);
        return link is null
            ? response
            : response.WithHeader(
                "Link",
                $"<{link.Address.AbsoluteUri}>; rel=\"alternate\"; type=\"application/zip\"; title=\"Works without this service until "
                    + $"{expires.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}\"");
    }

    // Returns the pack even when no link can be signed, or when a newer pack has just replaced this one.
    private async Task<PackLink?> LinkAsync(
        FunctionContext context, PackName name, StoredPack pack, DateTimeOffset expires, CancellationToken cancellationToken)
    {
        try
        {
            if (await packs.LinkAsync(name, pack, expires, cancellationToken) is not { } link) return null;
            await using var linked = await packs.OpenAsync(name, link.Id, cancellationToken);
            var shown = await PackReferrals.ReadAsync(linked, cancellationToken);
            await audit.WriteAsync(context.Audited(AuditedAction.PackLinked) with { Link = $"{name}@{link.Id}" }, shown, cancellationToken);
            return link;
        }
        catch (RequestFailedException ex)
        {
            Log.NoLink(logger, ex);
            return null;
        }
    }

    private async Task<HttpResponseData> BodyAsync(
        HttpRequestData request, Wanted wanted, StoredPack pack, PackLink? link, CancellationToken cancellationToken)
    {
        var name = wanted.Name;
        var context = request.FunctionContext;
        if (wanted.Form == Json)
        {
            await audit.WriteAsync(context.Audited(AuditedAction.PackRead) with { Filters = $"about {name}" }, ListedReferrals.None, cancellationToken);
            var about = new PackAbout(name.Organisation, name.Side, pack.Generated, pack.Size, link is null ? null : new PackLinks(link.Address, link.Expires));
            return Tagged(await request.RespondAsync(HttpStatusCode.OK, about, ContingencyJson.Default.PackAbout, cancellationToken), wanted, pack);
        }

        // Without a link, try to return even a large pack: the caller has no other way to get it.
        if (pack.Size > LargestBody && link is not null)
        {
            await audit.WriteAsync(context.Audited(AuditedAction.PackRead) with { Filters = $"by link {name}" }, ListedReferrals.None, cancellationToken);
            return Tagged(request.Respond(HttpStatusCode.TemporaryRedirect).WithHeader("Location", link.Address.AbsoluteUri), wanted, pack);
        }

        // Many systems fetch their pack on the quarter hour, when packs are replaced, so this pack may be newer than the one found above.
        var (current, content) = await packs.ReadAsync(name, cancellationToken);
        using var zip = new MemoryStream(content.ToArray(), writable: false);
        var shown = await PackReferrals.ReadAsync(zip, cancellationToken);
        var entry = context.Audited(AuditedAction.PackRead) with { Version = current.Generated.ToUnixTimeSeconds(), Filters = name.ToString() };
        await audit.WriteAsync(entry, shown, cancellationToken);
        var file = string.Create(CultureInfo.InvariantCulture, $"{name.Organisation}-{current.Generated.UtcDateTime:yyyyMMdd'T'HHmm'Z'}.zip");
        return Tagged(await request.RespondAsync(HttpStatusCode.OK, Zip, content.ToArray(), cancellationToken), wanted, current)
            .WithHeader("Content-Disposition", $"attachment; filename=\"{file}\"")
            .AsDownload();
    }

    private static HttpResponseData Tagged(HttpResponseData response, Wanted wanted, StoredPack pack) => response
        .WithHeader("ETag", wanted.TagOf(pack))
        .WithHeader("Last-Modified", pack.Generated.ToString("R", CultureInfo.InvariantCulture))
        .WithHeader("Vary", "Accept");

    private sealed record Wanted(PackName Name, string Form, DateTimeOffset LinkExpires)
    {
        // The tag includes the day on which the link expires. Otherwise a client would keep an unchanged pack with an expired link.
        public string TagOf(StoredPack pack) =>
            Representation.Create(Name.ToString(), Form, pack.Tag, $"{LinkExpires.UtcDateTime:yyyyMMdd}").TagAt(pack.Generated.ToUnixTimeSeconds());
    }

    private static Problem NoneYet() =>
        Problem.NotFound("There is no pack yet. Packs are made every 15 minutes for organisations whose worklists have changed.") with
        {
            RetryAfter = NextPack,
        };

    private static partial class Log
    {
        [LoggerMessage(
            1701,
            LogLevel.Error,
            "No link to contingency packs can be signed. Give the app's identity the role Storage Blob Delegator on the contingency account")]
        public static partial void NoLink(ILogger logger, Exception refused);
    }
}
