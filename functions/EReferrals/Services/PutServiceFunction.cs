using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Services.Approval;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Services;

/// <summary>
/// <c>PUT /v1/services/{id}</c>: defines a service, or changes its definition. Only its own provider may do so. A new service, or a change of its name,
/// provider, contact or fax, waits for an operator's approval, unless the settings trust the organisation.
/// </summary>
public sealed class PutServiceFunction(
    ServiceTable services, ServiceDirectory directory, SuccessionRegister register, Settings settings, AuditTrail audit, TimeProvider clock)
{
    [Function(nameof(PutServiceFunction))]
    [Requires(Role.ServiceDefiner)]
    public async Task<HttpResponseData> PutAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "v1/services/{id}")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!Identifiers.IsServiceId(id))
        {
            var error = FieldError.OfParameter("id", "INVALID_VALUE", "The id of a service has 1 to 18 digits.");
            return await request.RespondAsync(Problem.BadRequest(error), cancellationToken);
        }

        if (!(await request.ReadJsonAsync(fields => ServiceBody.Read(fields, id), cancellationToken)).TryGet(out var service, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        return await PutAsync(request, service, context.Actor(), cancellationToken);
    }

    private async Task<HttpResponseData> PutAsync(HttpRequestData request, Service service, Actor actor, CancellationToken cancellationToken)
    {
        if (service.Provider != actor.Organisation) return await request.RespondAsync(NotYours(actor), cancellationToken);
        // A service that a succeeded organisation defined would belong to its successor at once.
        if ((await register.CurrentAsync(cancellationToken)).CurrentOf(actor.Organisation) is var successor && successor != actor.Organisation)
        {
            var detail = $"{successor} has succeeded {actor.Organisation} and defines its services.";
            return await request.RespondAsync(Forbidden.ToOrganisation(actor, detail), cancellationToken);
        }

        var ifMatch = EntityTag.IfMatch(request);
        if (ifMatch.Problem is { Status: HttpStatusCode.BadRequest } malformed) return await request.RespondAsync(malformed, cancellationToken);

        var before = await services.FindAsync(service.Id, cancellationToken);
        if (before is null && ifMatch.Problem is null)
        {
            return await request.RespondAsync(
                Problem.NotFound("There is no service with this id. Send the request without If-Match to create it."), cancellationToken);
        }

        if (before is null && await CreateAsync(request, service, actor, cancellationToken) is { } created)
        {
            directory.Saw(created.Entry);
            var response = await request.RespondAsync(HttpStatusCode.Created, created.Current, cancellationToken);
            return response.WithHeader("Location", $"/v1/services/{service.Id}");
        }

        // Another request may have created the service since it was looked up.
        before ??= await services.FindAsync(service.Id, cancellationToken)
            ?? throw new InvalidDataException($"Service {service.Id} exists but cannot be read.");
        if (before.Entry.Defined.Provider != actor.Organisation) return await request.RespondAsync(NotYours(actor), cancellationToken);
        if (!ifMatch.TryGet(out var version, out var missing)) return await CreatedBeforeAsync(request, before, service, missing, cancellationToken);

        if (IsRepeat(before, version, service, actor)) return await request.RespondAsync(HttpStatusCode.OK, before.Current, cancellationToken);
        if (before.Version != version || await ReplaceAsync(request, before, service, actor, cancellationToken) is not { } after)
        {
            return await request.RespondAsync(DirectoryProblems.Stale, cancellationToken);
        }

        directory.Saw(after.Entry);
        return await request.RespondAsync(HttpStatusCode.OK, after.Current, cancellationToken);
    }

    private async Task<StoredService?> CreateAsync(HttpRequestData request, Service service, Actor actor, CancellationToken cancellationToken)
    {
        var entry = Defined(request, before: null, service, actor);
        await AuditAsync(request, before: null, service, cancellationToken);
        return await services.CreateAsync(entry, cancellationToken);
    }

    private async Task<StoredService?> ReplaceAsync(
        HttpRequestData request, StoredService before, Service service, Actor actor, CancellationToken cancellationToken)
    {
        var entry = Defined(request, before.Entry, service, actor);
        await AuditAsync(request, before.Entry, service, cancellationToken);
        return await services.ReplaceAsync(before, entry, cancellationToken);
    }

    private DirectoryEntry Defined(HttpRequestData request, DirectoryEntry? before, Service service, Actor actor)
    {
        var what = before is null ? ServiceAction.Created : ServiceAction.Changed;
        var change = new ServiceChange(what, clock.GetUtcNow(), actor, request.FunctionContext.CorrelationId());
        return DirectoryEntry.Define(before, service, settings.Trusts(actor.Organisation), change);
    }

    private Task AuditAsync(HttpRequestData request, DirectoryEntry? before, Service service, CancellationToken cancellationToken) => audit.WriteAsync(
        request.FunctionContext.Audited(AuditedAction.ServiceChanged).About(service.Id, before, service), cancellationToken);

    // The caller's own change of this version, sent again because its response was lost.
    private static bool IsRepeat(StoredService before, int version, Service service, Actor actor) =>
        before.Version == version + 1 && before.Entry.Change is { What: ServiceAction.Changed } last && last.By == actor && before.Holds(service);

    // Without If-Match the caller meant to create the service. With the same content, this is a retry of a create whose response was lost.
    private static Task<HttpResponseData> CreatedBeforeAsync(
        HttpRequestData request, StoredService before, Service service, Problem missingHeader, CancellationToken cancellationToken) =>
        before.Holds(service)
            ? request.RespondAsync(HttpStatusCode.OK, before.Current, cancellationToken)
            : request.RespondAsync(missingHeader, cancellationToken);

    private static Problem NotYours(Actor actor) => Forbidden.ToOrganisation(actor, "Only the organisation that provides a service may define it.");
}
