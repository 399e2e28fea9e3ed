using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Http;

/// <summary>
/// Says on which headers an answer depends: everything that is not open to everybody depends on who asks, whether it is a refusal, a 304 or the
/// thing itself. A function names only what its own answer depends on besides.
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
