using System.Collections.Concurrent;
using EReferrals.Http.Requests;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace EReferrals.Http;

/// <summary>
/// Refuses the query parameters of functions that have none: a filter or a cursor that no one reads would be silently ignored. Open functions
/// ignore them, because monitors add parameters that defeat caches.
/// </summary>
public sealed class QueryMiddleware : IFunctionsWorkerMiddleware
{
    private static readonly ConcurrentDictionary<string, bool> HasNoQuery = new(StringComparer.Ordinal);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (await context.GetHttpRequestDataAsync() is { } request
            && request.Url.Query.Length > 1
            && HasNoQuery.GetOrAdd(context.FunctionDefinition.EntryPoint, DeclaresNoQuery)
            && new QueryReader(request).Problem() is { } problem)
        {
            context.GetInvocationResult().Value = await request.RespondAsync(problem, context.CancellationToken);
            return;
        }

        await next(context);
    }

    private static bool DeclaresNoQuery(string entryPoint) =>
        !DeclaredAccess.From(entryPoint).IsOpen && EntryPoint.MethodOf(entryPoint)?.IsDefined(typeof(ReadsQueryAttribute), inherit: false) != true;
}
