using System.Net;
using System.Text.Json.Nodes;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Resources;
using EReferrals.Http;
using EReferrals.Lifecycle.Reading;
using EReferrals.Referrals;
using EReferrals.Referrals.Letters;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Security;
using EReferrals.Services;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Reading;

/// <summary>
/// Finds referrals for callers of this API, and writes them with the present scan status of their files and the names of their services. Every read of this API
/// finds its referral here, so that every attempt of a stranger is audited.
/// </summary>
public sealed class ErsReferrals(ReferralTable referrals, ReferralAccess access, AttachmentTable attachments, ServiceDirectory services)
{
    // A name is only for people, so a response does not wait long for it.
    private static readonly TimeSpan NameLimit = TimeSpan.FromMilliseconds(250);

    internal static Problem Unknown { get; } = Problem.NotFound("There is no referral with this number.");

    /// <summary>Finds a referral that the caller may read: otherwise 404, or 422 NO_RELATIONSHIP, which is audited.</summary>
    /// <param name="unknown">The answer when there is no such referral.</param>
    public async Task<Result<ReadReferral>> FindAsync(HttpRequestData request, string ubrn, Problem unknown, CancellationToken cancellationToken)
    {
        var (current, view) = await LookAsync(request, ubrn, cancellationToken);
        if (current is null) return unknown;
        return view is null ? NoRelationship(request) : new ReadReferral(current, view);
    }

    /// <summary>
    /// Finds a referral for a search, which finds nothing for a stranger: <c>Read</c> is null for a stranger, whose attempt is audited, and when there is no
    /// such referral.
    /// </summary>
    public async Task<(bool Exists, ReadReferral? Read)> SearchAsync(HttpRequestData request, string ubrn, CancellationToken cancellationToken)
    {
        var (current, view) = await LookAsync(request, ubrn, cancellationToken);
        return (current is not null, current is null || view is null ? null : new ReadReferral(current, view));
    }

    // Without a view, the caller is refused, whatever the operation answers.
    private async Task<(Referral? Current, Referral? View)> LookAsync(HttpRequestData request, string ubrn, CancellationToken cancellationToken)
    {
        if (await FindAnyAsync(ubrn, cancellationToken) is not { } current) return default;
        var context = request.FunctionContext;
        context.SetReferral(current.Ubrn);
        var view = await access.ViewAsync(current, context.Actor(), cancellationToken);
        if (view is null) context.SetRefused();
        return (current, view);
    }

    /// <summary>The referral of this number, whoever may read it; null when there is none.</summary>
    internal async Task<Referral?> FindAnyAsync(string ubrn, CancellationToken cancellationToken) =>
        Ubrn.TryParse(ubrn, out var number) ? (await referrals.FindAsync(number, cancellationToken))?.Referral : null;

    /// <summary>e-RS answers 422 here. It is audited like a 403.</summary>
    internal static Problem NoRelationship(HttpRequestData request)
    {
        request.FunctionContext.SetRefused();
        return Problem.NotAcceptable(new FieldError("", "NO_RELATIONSHIP", "Your organisation has no relationship with this referral."));
    }

    public async Task<HttpResponseData> RespondAsync(
        HttpRequestData request, HttpStatusCode status, Referral referral, CancellationToken cancellationToken)
    {
        var resource = await WriteAsync(request, referral, cancellationToken);
        var response = await request.RespondAsync(status, FhirNodes.ContentType, FhirNodes.Bytes(resource), cancellationToken);
        return response.WithHeader("ETag", EntityTag.ForVersion(referral.Version));
    }

    internal async Task<JsonObject> WriteAsync(HttpRequestData request, Referral referral, CancellationToken cancellationToken)
    {
        var files = attachments.FindManyAsync(referral.Attachments.Select(file => file.Id), cancellationToken);
        var names = await NamesAsync(referral, cancellationToken);
        var statuses = (await files).ToDictionary(file => file.Key, file => file.Value.Status, StringComparer.Ordinal);
        return ReferralRequestResource.From(referral, statuses, names, ErsBase.Of(request));
    }

    private async Task<IReadOnlyDictionary<string, string>> NamesAsync(Referral referral, CancellationToken cancellationToken)
    {
        var names = await Task.WhenAll(referral.Shortlist.Select(async id =>
        {
            if (id == referral.Service.Id && referral.Service.Name is { } stored) return (Id: id, Name: stored);
            var found = await services.TryFindAsync(id, NameLimit, cancellationToken);
            return (Id: id, (found as Lookup<Service>.Found)?.Value.Name);
        }));
        return names.Where(named => named.Name is not null).DistinctBy(named => named.Id)
            .ToDictionary(named => named.Id, named => named.Name!, StringComparer.Ordinal);
    }
}

/// <param name="Current">The referral as it is now.</param>
/// <param name="View">The version that the caller may read: an earlier one for a former provider.</param>
public sealed record ReadReferral(Referral Current, Referral View);
