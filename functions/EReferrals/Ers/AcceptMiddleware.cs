using System.Collections.Concurrent;
using System.Reflection;
using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Fhir;
using EReferrals.Http;
using EReferrals.Http.Requests;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace EReferrals.Ers;

/// <summary>
/// Responds 406, or 400 for an unreadable header, to callers that do not accept FHIR JSON from an operation that writes it. The last check before the
/// operation.
/// </summary>
public sealed class AcceptMiddleware : IFunctionsWorkerMiddleware
{
    private static readonly ConcurrentDictionary<string, bool> WritesFhir = new(StringComparer.Ordinal);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (await context.GetHttpRequestDataAsync() is { } request
            && WritesFhir.GetOrAdd(context.FunctionDefinition.EntryPoint, IsFhir)
            && Accept.Choose(request.Headers, FhirNodes.MediaType).Problem is { } problem)
        {
            context.GetInvocationResult().Value = await request.RespondAsync(problem, context.CancellationToken);
            return;
        }

        await next(context);
    }

    private static bool IsFhir(string entryPoint) =>
        EntryPoint.MethodOf(entryPoint)?.GetCustomAttribute<ErsAttribute>() is { } operation && ErsEndpoints.Of(operation.Id).WritesFhir;
}
