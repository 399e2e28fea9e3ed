using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Services;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Slots;

/// <summary>
/// <c>PUT /v1/services/{id}/slots</c>: adds slots, and changes free ones. Only for the organisation that provides the service, which must be directly bookable.
/// </summary>
public sealed class PutSlotsFunction(ServiceDirectory services, SlotUpload upload, CallerClock clock)
{
    [Function(nameof(PutSlotsFunction))]
    [Requires(Role.ServiceDefiner, Role.ServiceProviderAdmin)]
    public async Task<HttpResponseData> PutAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "v1/services/{id}/slots")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await JsonBody.ReadAsync(request, SlotBatch.BodyLimit, cancellationToken)).TryGet(out var body, out var unreadable))
        {
            return await request.RespondAsync(unreadable, cancellationToken);
        }

        using (body)
        {
            var fields = new JsonFields(body.Root, pointer: "", []);
            var slots = SlotBatch.Read(fields, id, clock.Present);
            if (!(await services.OwnAsync(id, context.Actor(), cancellationToken)).TryGet(out var service, out var problem))
            {
                return await request.RespondAsync(problem, cancellationToken);
            }

            // Nobody could book them.
            if (service.Bookable != Bookable.DirectlyBookable)
            {
                fields.Errors.Add(new FieldError("", "INVALID_STATE", $"Service {id} is not DIRECTLY_BOOKABLE, so it has no slots. Define that first."));
            }

            if (fields.Errors.Count > 0) return await request.RespondAsync(Problem.NotAcceptable(fields.Errors), cancellationToken);
            var results = new UploadedSlots(await upload.SaveAsync(slots, cancellationToken));
            return await request.RespondAsync(HttpStatusCode.OK, results, SlotsJson.Default.UploadedSlots, cancellationToken);
        }
    }
}
