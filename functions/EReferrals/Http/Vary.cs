using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http;

/// <summary>
/// Adds the <c>Vary</c> header. Every response of a function that needs a caller, including refusals and 304, varies by the headers that identify the
/// caller. A function sets only the further headers that its response varies by.
/// </summary>
internal static class Vary
{
    private static readonly string Caller = string.Join(", ", "Authorization", CallerRules.OrganisationHeader, CallerRules.RoleHeader);

    public static void Add(HttpResponseData response, FunctionContext context)
    {
        if (DeclaredAccess.From(context.FunctionDefinition.EntryPoint).IsOpen) return;
        var own = response.Headers.NonValidated.TryGetValues("Vary", out var named) ? $", {named}" : "";
        response.WithHeader("Vary", Caller + own);
    }
}
