using System.Net;
using System.Text.Json.Nodes;
using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Fhir;
using EReferrals.Http;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.R4;

/// <summary>A030: the organisations and roles of the signed-in user, who chooses one of them for further requests.</summary>
public sealed class ListMyRolesFunction(TimeProvider clock)
{
    [Function(nameof(ListMyRolesFunction))]
    [Ers("A030", IsAboutUser = true)]
    public Task<HttpResponseData> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "referrals/FHIR/R4/PractitionerRole")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var (caller, now) = (context.Caller(), clock.GetUtcNow());
        var roles = caller.Roles.Order(StringComparer.Ordinal)
            .Select(pair => pair.Split(':', 2))
            .Where(pair => pair.Length == 2 && Identifiers.IsOdsCode(pair[0]))
            .GroupBy(pair => pair[0], pair => pair[1])
            .Select(held => Resource(caller.Subject, held.Key, held, now));
        var bundle = R4Bundle.From(request, [.. roles], now);
        return request.RespondAsync(HttpStatusCode.OK, FhirNodes.ContentType, FhirNodes.Bytes(bundle), cancellationToken);
    }

    private static JsonObject Resource(string user, string organisation, IEnumerable<string> roles, DateTimeOffset now) => new()
    {
        ["id"] = $"PractitionerRole-{organisation}-{user}",
        ["meta"] = FhirNodes.UpdatedMeta(now),
        ["resourceType"] = "PractitionerRole",
        ["practitioner"] = FhirNodes.Logical(ErsUrls.UserR4, user),
        ["organization"] = FhirNodes.Logical(ErsUrls.Organisation, organisation),
        ["code"] = new JsonArray([.. roles.Select(role => FhirNodes.Concept(FhirNodes.Coding(ErsUrls.CodeSystemR4("eRS-BusinessFunction-1"), role)))]),
    };
}
