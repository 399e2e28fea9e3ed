using System.Net;
using EReferrals.Attachments;
using EReferrals.Ers.Endpoints;
using EReferrals.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Files;

/// <summary>A042: answers with a short-lived address of a file.</summary>
public sealed class LocateFileFunction(FileReading files, DownloadTickets tickets)
{
    [Function(nameof(LocateFileFunction))]
    [Ers("A042")]
    public async Task<HttpResponseData> LocateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "referrals/FHIR/R4/Binary/{id}")] HttpRequestData request,
        string id,
        CancellationToken cancellationToken)
    {
        if (!AttachmentId.TryParse(id, out _))
        {
            var error = FieldError.OfParameter("id", "INVALID_VALUE", "The id of a file is a UUID.");
            return await request.RespondAsync(Problem.BadRequest(error), cancellationToken);
        }

        if (!(await files.OpenAsync(request, id, cancellationToken)).TryGet(out var attachment, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        return request.Respond(HttpStatusCode.TemporaryRedirect)
            .WithHeader("Location", $"{ErsBase.Of(request)}/R4/Binary/{attachment.Id}/content/{tickets.Issue(attachment.Id)}");
    }
}
