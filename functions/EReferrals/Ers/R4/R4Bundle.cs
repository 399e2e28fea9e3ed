using System.Text.Json.Nodes;
using EReferrals.Ers.Fhir;
using EReferrals.Referrals.Values;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.R4;

/// <summary>Writes the result of an R4 search.</summary>
internal static class R4Bundle
{
    /// <param name="resources">Each has its type and id.</param>
    public static JsonObject From(HttpRequestData request, IReadOnlyList<JsonObject> resources, DateTimeOffset now)
    {
        var bundle = new JsonObject
        {
            ["id"] = Guid.NewGuid().ToString(),
            ["meta"] = FhirNodes.UpdatedMeta(now),
            ["resourceType"] = "Bundle",
            ["type"] = "searchset",
            ["total"] = resources.Count,
            ["timestamp"] = InstantConverter.TextOf(now),
            ["link"] = new JsonArray(FhirBundle.Self(request)),
        };
        // R4 does not allow an empty array.
        if (resources.Count == 0) return bundle;
        bundle["entry"] = new JsonArray([.. resources.Select(resource => FhirBundle.Entry(resource, $"{ErsBase.Of(request)}/R4"))]);
        return bundle;
    }
}
