using System.Net;
using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Fhir;
using EReferrals.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.ReferenceData;

/// <summary>A004: reads a list of codes.</summary>
public sealed class GetCodeSystemFunction
{
    [Function(nameof(GetCodeSystemFunction))]
    [Ers("A004")]
    public Task<HttpResponseData> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "referrals/FHIR/STU3/CodeSystem/{type}")] HttpRequestData request,
        string type,
        CancellationToken cancellationToken) => CodeSystemResource.Find(type) is { } system
            ? request.RespondAsync(HttpStatusCode.OK, FhirNodes.ContentType, FhirNodes.Bytes(system.Write(ErsBase.Of(request))), cancellationToken)
            : request.RespondAsync(Problem.NotFound("There is no code system of this type."), cancellationToken);
}
