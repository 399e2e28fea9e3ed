using EReferrals.Ers.Endpoints;
using EReferrals.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Files;

/// <summary>A006: reads a file at once. Superseded by A042 in e-RS.</summary>
public sealed class DownloadFileFunction(FileReading files)
{
    [Function(nameof(DownloadFileFunction))]
    [Ers("A006")]
    public async Task<HttpResponseData> DownloadAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "referrals/FHIR/STU3/Binary/{id}")] HttpRequestData request,
        string id,
        CancellationToken cancellationToken) =>
        (await files.OpenAsync(request, id, cancellationToken)).TryGet(out var attachment, out var problem)
            ? await files.RespondAsync(request, attachment, cancellationToken)
            : await request.RespondAsync(problem, cancellationToken);
}
