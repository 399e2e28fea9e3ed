using EReferrals.ApiDocs;
using EReferrals.Referrals.Organisations;
using EReferrals.Tests.ApiDocs;

namespace EReferrals.Tests.Journeys;

/// <summary>Every operation that the document describes, with an address that can be asked and somebody who may.</summary>
internal static class EveryRoute
{
    public static IEnumerable<ApiOperation> Operations => Contract.Operations;

    public static IEnumerable<ApiOperation> OfCallers => Operations.Where(operation => operation.Roles.Count > 0);

    public static HttpMethod Method(this ApiOperation operation) => HttpMethod.Parse(operation.Verb);

    /// <summary>The path with the document's examples for what stands in braces, and the query that is required.</summary>
    public static string Address(this ApiOperation operation)
    {
        var path = operation.Parameters.Where(parameter => parameter.In == "path")
            .Aggregate(operation.Path, (text, parameter) => text.Replace($"{{{parameter.Name}}}", parameter.Example, StringComparison.Ordinal));
        var query = operation.Parameters.Where(parameter => parameter is { In: "query", IsRequired: true }).Select(parameter => $"{parameter.Name}={parameter.Example}");
        return string.Join('?', new[] { path, string.Join('&', query) }.Where(part => part.Length > 0));
    }

    public static Actor Caller(this ApiOperation operation)
    {
        var role = operation.Roles.Order().First();
        var organisation = role.IsReferring() ? Some.ReferringOrganisation : Some.Provider;
        return new Actor("021600556514", organisation, role);
    }
}
