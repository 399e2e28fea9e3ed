using System.Net;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http;

/// <summary>
/// What no other function takes: 404 for an address that there is not, 405 with <c>Allow</c> for a method that it does not take, and the methods to
/// <c>OPTIONS</c>. No answer of this service lets a page of another origin read it (CORS): systems call it, and pages call their systems.
/// </summary>
public sealed class UnknownRouteFunction
{
    /// <summary>The Functions host tries routes in the order of their functions' names and takes the first that fits: this one must be the last.</summary>
    public const string Name = "ZUnknownRoute";

    [Function(Name)]
    [Anonymous]
    public static async Task<HttpResponseData> RefuseAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", "post", "put", "patch", "delete", "options", "trace", Route = Routes.Rest)] HttpRequestData request,
        CancellationToken cancellationToken)
    {
        var methods = Routes.MethodsAt(request.Url.AbsolutePath);
        if (methods.Count == 0) return await request.RespondAsync(Problem.NotFound("There is no such address. GET /openapi.json names all that there are."), cancellationToken);
        var allowed = string.Join(", ", methods);
        if (request.Method.Equals("OPTIONS", StringComparison.OrdinalIgnoreCase)) return request.Respond(HttpStatusCode.NoContent).WithHeader("Allow", allowed);
        if (methods.Contains(request.Method.ToUpperInvariant())) throw new InvalidOperationException($"{request.Method} of a route came here: the host does not try {Name} last.");
        return (await request.RespondAsync(Problem.MethodNotAllowed(allowed), cancellationToken)).WithHeader("Allow", allowed);
    }
}
