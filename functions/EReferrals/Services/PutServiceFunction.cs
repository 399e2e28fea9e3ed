using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Services;

/// <summary><c>PUT /v1/services/{id}</c>: defines a service, or changes its definition. Only its own provider may do so.</summary>
public sealed class PutServiceFunction(ServiceTable services, ServiceDirectory directory, SuccessionRegister register)
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

        if (before is null && await services.CreateAsync(service, cancellationToken) is { } created)
        {
            directory.Saw(created.Service);
            return (await RespondAsync(request, HttpStatusCode.Created, created, cancellationToken)).WithHeader("Location", $"/v1/services/{service.Id}");
        }

        // Another request may have created the service since it was looked up.
        before ??= await services.FindAsync(service.Id, cancellationToken)
            ?? throw new InvalidDataException($"Service {service.Id} exists but cannot be read.");
        if (before.Service.Provider != actor.Organisation) return await request.RespondAsync(NotYours(actor), cancellationToken);
        if (!ifMatch.TryGet(out var version, out var missing)) return await CreatedBeforeAsync(request, before, service, missing, cancellationToken);

        var after = before.Version == version ? await services.ReplaceAsync(before, service, cancellationToken) : null;
        if (after is not null) directory.Saw(after.Service);
        return after is null
            ? await request.RespondAsync(
                Problem.Stale("The service was changed after you read it. Read it again, and send its new ETag as If-Match."), cancellationToken)
            : await RespondAsync(request, HttpStatusCode.OK, after, cancellationToken);
    }

    // Without If-Match the caller meant to create the service. With the same content, this is a retry of a create whose response was lost.
    private static Task<HttpResponseData> CreatedBeforeAsync(
        HttpRequestData request, StoredService before, Service service, Problem missingHeader, CancellationToken cancellationToken) =>
        before.Holds(service)
            ? RespondAsync(request, HttpStatusCode.OK, before, cancellationToken)
            : request.RespondAsync(missingHeader, cancellationToken);

    private static async Task<HttpResponseData> RespondAsync(
        HttpRequestData request, HttpStatusCode status, StoredService stored, CancellationToken cancellationToken)
    {
        var response = await request.RespondAsync(status, stored.Service, DirectoryJson.Default.Service, cancellationToken);
        return response.WithHeader("ETag", EntityTag.ForVersion(stored.Version));
    }

    private static Problem NotYours(Actor actor) => Forbidden.ToOrganisation(actor, "Only the organisation that provides a service may define it.");
}
