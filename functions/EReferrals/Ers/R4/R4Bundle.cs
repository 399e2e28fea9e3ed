using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.R4;

/// <summary>Writes the result of an R4 search.</summary>
internal static class R4Bundle
{
    /// <param name="resources">Each has its type and id.</param>
    public static JsonObject From(HttpRequestData request, IReadOnlyList<JsonObject> resources, string baseUrl)
    {
        var bundle = new JsonObject
        {
            ["resourceType"] = "Bundle",
            ["type"] = "searchset",
            ["total"] = resources.Count,
            ["link"] = new JsonArray(new JsonObject { ["relation"] = "self", ["url"] = baseUrl + request.Url.PathAndQuery[ErsBase.Path.Length..] }),
        };
        // R4 does not allow an empty array.
        if (resources.Count == 0) return bundle;
        bundle["entry"] = new JsonArray([.. resources.Select(resource => new JsonObject
        {
            ["fullUrl"] = $"{baseUrl}/R4/{resource["resourceType"]}/{resource["id"]}",
            ["resource"] = resource,
            ["search"] = new JsonObject { ["mode"] = "match" },
        })]);
        return bundle;
    }
}
