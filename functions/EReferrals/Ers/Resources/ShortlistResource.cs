using System.Text.Json.Nodes;
using EReferrals.Ers.Fhir;
using EReferrals.Referrals;

namespace EReferrals.Ers.Resources;

/// <summary>Writes the shortlist of a referral.</summary>
internal static class ShortlistResource
{
    public const string Id = "shortlist";
    public const string Profile = "eRS-Shortlist-List-1";
    public const string CriteriaExtension = "eRS-Shortlist-SearchCriteria-1";

    /// <param name="names">The names of services by id; services that could not be read have none.</param>
    public static JsonObject From(Referral referral, IReadOnlyDictionary<string, string> names)
    {
        var criteria = FhirNodes.Extension(ErsUrls.Extension(CriteriaExtension), "valueReference", FhirNodes.Reference($"#{CriteriaResource.Id}"));
        return new JsonObject
        {
            ["id"] = Id,
            ["meta"] = FhirNodes.Meta(ErsUrls.Profile(Profile)),
            ["resourceType"] = "List",
            ["extension"] = new JsonArray(criteria),
            ["status"] = "current",
            ["mode"] = "snapshot",
            ["entry"] = new JsonArray([.. referral.Shortlist.Select(id => new JsonObject
            {
                ["item"] = FhirNodes.Logical(ErsUrls.Service, id, names.GetValueOrDefault(id)),
            })]),
        };
    }
}
