using System.Net;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http;

/// <summary>
/// Handles every request that no other function matches: 404 for an unknown address, 405 with <c>Allow</c> for a method that the address does not
/// support, and 204 with <c>Allow</c> for <c>OPTIONS</c>. The service sends no CORS headers: back-end systems call it, not web pages of other origins.
/// </summary>
public sealed class UnknownRouteFunction
{
    /// <summary>The Functions host tries routes in the alphabetical order of function names and takes the first match, so this name must sort last.</summary>
    public const string Name = "ZUnknownRoute";

    [Function(Name)]
    [Anonymous]
    public static async Task<HttpResponseData> RefuseAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", "post", "put", "patch", "delete", "options", "trace", Route = Routes.Rest)]
        HttpRequestData request,
        CancellationToken cancellationToken)
    {
        var methods = Routes.MethodsAt(request.Url.AbsolutePath);
        var isOptions = request.Method.Equals("OPTIONS", StringComparison.OrdinalIgnoreCase);
        // The host decodes an address once. One that is encoded twice looks like an address of ours here, and is none.
        if (methods.Count == 0 || (!isOptions && methods.Contains(request.Method.ToUpperInvariant())))
        {
            return await request.RespondAsync(Problem.NotFound("This address does not exist. GET /openapi.json lists all addresses."), cancellationToken);
        }

        var allowed = string.Join(", ", methods);
        if (isOptions) return request.Respond(HttpStatusCode.NoContent).WithHeader("Allow", allowed);
        return (await request.RespondAsync(Problem.MethodNotAllowed(allowed), cancellationToken)).WithHeader("Allow", allowed);
    }
}
