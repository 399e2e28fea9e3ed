using EReferrals.Attachments;
using EReferrals.Http;
using EReferrals.Referrals.Letters;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Files;

/// <summary>
/// The address that A042 answers with. It needs no token, as the object store of e-RS needs none: its ticket was signed for a caller who may read the file,
/// ends after two minutes, and was audited as a read when it was issued.
/// </summary>
public sealed class FollowFileFunction(DownloadTickets tickets, AttachmentTable attachments, FileReading files)
{
    [Function(nameof(FollowFileFunction))]
    [Anonymous]
    public async Task<HttpResponseData> FollowAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "referrals/FHIR/R4/Binary/{id}/content/{ticket}")] HttpRequestData request,
        string id,
        string ticket,
        CancellationToken cancellationToken) =>
        AttachmentId.TryParse(id, out var known)
        && tickets.IsGood(known, ticket)
        && await attachments.FindAsync(known, cancellationToken) is { Status: AttachmentStatus.Available } attachment
            ? await files.RespondAsync(request, attachment, cancellationToken)
            : await request.RespondAsync(Problem.NotFound("This address is not valid, or no longer."), cancellationToken);
}
