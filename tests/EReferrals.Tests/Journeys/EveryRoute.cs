using EReferrals.ApiDocs;
using EReferrals.Referrals.Organisations;
using EReferrals.Tests.ApiDocs;

namespace EReferrals.Tests.Journeys;

/// <summary>Every operation of the plain API, with an example address and a caller who may use it.</summary>
internal static class EveryRoute
{
    public static IEnumerable<ApiOperation> Operations => Contract.Plain;

    public static IEnumerable<ApiOperation> OfCallers => Operations.Where(operation => operation.Roles.Count > 0);

    public static HttpMethod Method(this ApiOperation operation) => HttpMethod.Parse(operation.Verb);

    /// <summary>Returns the path with the document's examples as parameters, and the required query.</summary>
    public static string Address(this ApiOperation operation)
    {
        var path = operation.Parameters.Where(parameter => parameter.In == "path")
            .Aggregate(operation.Path, (text, parameter) => text.Replace($"{{{parameter.Name}}}", parameter.Example, StringComparison.Ordinal));
        var query = operation.Parameters.Where(parameter => parameter is { In: "query", IsRequired: true })
            .Select(parameter => $"{parameter.Name}={parameter.Example}");
        return string.Join('?', new[] { path, string.Join('&', query) }.Where(part => part.Length > 0));
    }

    public static Actor Caller(this ApiOperation operation)
    {
        var role = operation.Roles.Order().First();
        var organisation = role.IsReferring() ? Sample.ReferringOrganisation : Sample.Provider;
        return new Actor("021600556514", organisation, role);
    }
}
