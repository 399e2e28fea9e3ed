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

/// <summary>Defines a service, or changes its definition. Only its own provider may.</summary>
public sealed class PutServiceFunction(ServiceTable services, ServiceDirectory directory, SuccessionRegister register)
{
    [Function(nameof(PutServiceFunction))]
    [Requires(Role.ServiceDefiner)]
    public async Task<HttpResponseData> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "v1/services/{id}")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellation)
    {
        if (!Identifiers.IsServiceId(id))
        {
            var error = FieldError.OfParameter("id", "INVALID_VALUE", "The id of a service has 1 to 18 digits.");
            return await request.AnswerAsync(Problem.BadRequest(error), cancellation);
        }

        var (body, unreadable) = await JsonBody.ReadAsync(request, cancellation);
        if (body is null) return await request.AnswerAsync(unreadable!, cancellation);
        using (body)
        {
            var (service, errors) = ServiceBody.Read(body.Root, id);
            if (service is null) return await request.AnswerAsync(Problem.NotAcceptable(errors), cancellation);
            return await PutAsync(request, service, context.Actor(), cancellation);
        }
    }

    private async Task<HttpResponseData> PutAsync(HttpRequestData request, Service service, Actor actor, CancellationToken cancellation)
    {
        if (service.Provider != actor.Organisation) return await request.AnswerAsync(NotYours, cancellation);
        // What it defined would be its successor's at once.
        if ((await register.CurrentAsync(cancellation)).Of(actor.Organisation) is var successor && successor != actor.Organisation)
        {
            return await request.AnswerAsync(Problem.Forbidden("NO_ACCESS", $"{successor} has succeeded {actor.Organisation} and defines its services."), cancellation);
        }

        var (version, header) = EntityTag.IfMatch(request);
        if (header is { Status: HttpStatusCode.BadRequest }) return await request.AnswerAsync(header, cancellation);

        var before = await services.FindAsync(service.Id, cancellation);
        if (before is null && header is null) return await request.AnswerAsync(Problem.NotFound("There is no such service to change."), cancellation);
        if (before is null && await services.CreateAsync(service, cancellation) is { } created)
        {
            directory.Saw(created.Service);
            return (await AnswerAsync(request, HttpStatusCode.Created, created, cancellation)).WithHeader("Location", $"/v1/services/{service.Id}");
        }

        // Somebody else may have created it since it was looked for.
        before ??= await services.FindAsync(service.Id, cancellation) ?? throw new InvalidDataException($"Service {service.Id} exists and cannot be read.");
        if (before.Service.Provider != actor.Organisation) return await request.AnswerAsync(NotYours, cancellation);
        if (header is not null) return await CreatedBeforeAsync(request, before, service, header, cancellation);

        var after = before.Version == version ? await services.ReplaceAsync(before, service, cancellation) : null;
        if (after is not null) directory.Saw(after.Service);
        return after is null
            ? await request.AnswerAsync(Problem.Stale("Read the service again, and send its ETag as If-Match."), cancellation)
            : await AnswerAsync(request, HttpStatusCode.OK, after, cancellation);
    }

    // Without If-Match it was meant to be created. With the same content it is a retry of a create whose answer was lost.
    private static Task<HttpResponseData> CreatedBeforeAsync(
        HttpRequestData request, StoredService before, Service service, Problem missingHeader, CancellationToken cancellation) =>
        before.Holds(service)
            ? AnswerAsync(request, HttpStatusCode.OK, before, cancellation)
            : request.AnswerAsync(missingHeader, cancellation);

    private static async Task<HttpResponseData> AnswerAsync(
        HttpRequestData request, HttpStatusCode status, StoredService stored, CancellationToken cancellation)
    {
        var response = await request.AnswerAsync(status, stored.Service, DirectoryJson.Default.Service, cancellation);
        return response.WithHeader("ETag", EntityTag.Of(stored.Version));
    }

    private static Problem NotYours => Problem.Forbidden("NO_ACCESS", "Only the organisation that provides a service may define it.");
}
