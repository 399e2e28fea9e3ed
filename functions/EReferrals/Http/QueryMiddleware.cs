using System.Collections.Concurrent;
using EReferrals.Http.Requests;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace EReferrals.Http;

/// <summary>
/// Refuses the query parameters of functions that have none: a filter or a cursor that no one reads would be silently ignored. Open functions
/// ignore them, because monitors add parameters that defeat caches.
/// </summary>
public sealed class QueryMiddleware : IFunctionsWorkerMiddleware
{
    private const string Item = "ereferrals:allowed-query-parameter";

    private static readonly ConcurrentDictionary<string, bool> HasNoQuery = new(StringComparer.Ordinal);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (await context.GetHttpRequestDataAsync() is { } request
            && request.Url.Query.Length > 1
            && HasNoQuery.GetOrAdd(context.FunctionDefinition.EntryPoint, DeclaresNoQuery)
            && ReaderOf(request).Problem() is { } problem)
        {
            context.GetInvocationResult().Value = await request.RespondAsync(problem, context.CancellationToken);
            return;
        }

        await next(context);
    }

    /// <summary>Lets every function of an API have a parameter that another middleware checks.</summary>
    internal static void Allow(FunctionContext context, string parameter) => context.Items[Item] = parameter;

    private static QueryReader ReaderOf(HttpRequestData request)
    {
        var reader = new QueryReader(request);
        if (request.FunctionContext.Items.TryGetValue(Item, out var allowed)) reader.Ignore((string)allowed);
        return reader;
    }

    private static bool DeclaresNoQuery(string entryPoint) =>
        !DeclaredAccess.From(entryPoint).IsOpen && EntryPoint.MethodOf(entryPoint)?.IsDefined(typeof(ReadsQueryAttribute), inherit: false) != true;
}
