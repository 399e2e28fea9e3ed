using System.Text.Json.Nodes;
using EReferrals.Referrals.Values;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Fhir;

/// <summary>Writes the parts that the results of all searches have in common.</summary>
internal static class FhirBundle
{
    /// <param name="total">Of all pages; null where e-RS shows none.</param>
    public static JsonObject Stu3(DateTimeOffset now, IEnumerable<JsonObject> links, IEnumerable<JsonObject> entries, int? total = null)
    {
        var bundle = new JsonObject
        {
            ["id"] = Guid.NewGuid().ToString(),
            ["meta"] = new JsonObject { ["lastUpdated"] = InstantConverter.TextOf(now), ["profile"] = new JsonArray(ErsUrls.Bundle) },
            ["resourceType"] = "Bundle",
            ["type"] = "searchset",
        };
        if (total is { } count) bundle["total"] = count;
        bundle["link"] = new JsonArray([.. links]);
        bundle["entry"] = new JsonArray([.. entries]);
        return bundle;
    }

    /// <param name="resource">Has its type and id.</param>
    /// <param name="baseUrl">The base with the version of FHIR, such as <c>https://host/referrals/FHIR/R4</c>.</param>
    public static JsonObject Entry(JsonObject resource, string baseUrl, string mode = "match") => new()
    {
        ["fullUrl"] = $"{baseUrl}/{resource["resourceType"]}/{resource["id"]}",
        ["resource"] = resource,
        ["search"] = new JsonObject { ["mode"] = mode },
    };

    public static JsonObject Link(string relation, string url) => new() { ["relation"] = relation, ["url"] = url };

    /// <summary>The link to the search itself, as the caller sent it.</summary>
    public static JsonObject Self(HttpRequestData request) =>
        Link("self", ErsBase.Of(request) + request.Url.PathAndQuery[ErsBase.Path.Length..]);
}
