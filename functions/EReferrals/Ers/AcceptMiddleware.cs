using System.Collections.Concurrent;
using System.Reflection;
using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Fhir;
using EReferrals.Http;
using EReferrals.Http.Requests;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace EReferrals.Ers;

/// <summary>
/// Responds 406, or 400 for an unreadable header, to callers that do not accept FHIR JSON from an operation that writes it, and to those that ask for
/// another format in the query. The last check before the operation.
/// </summary>
public sealed class AcceptMiddleware : IFunctionsWorkerMiddleware
{
    private static readonly ConcurrentDictionary<string, ErsEndpoint?> Endpoints = new(StringComparer.Ordinal);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (await context.GetHttpRequestDataAsync() is { } request
            && Endpoints.GetOrAdd(context.FunctionDefinition.EntryPoint, EndpointOf) is { } endpoint
            && WhyNot(request, endpoint) is { } problem)
        {
            context.GetInvocationResult().Value = await request.RespondAsync(problem, context.CancellationToken);
            return;
        }

        await next(context);
    }

    private static Problem? WhyNot(HttpRequestData request, ErsEndpoint endpoint)
    {
        if (!endpoint.WritesFhir) return null;
        return FormatParameter.Refuse(request) ?? Accept.Choose(request.Headers, FhirNodes.MediaType).Problem;
    }

    // Null for a function of another API.
    private static ErsEndpoint? EndpointOf(string entryPoint) =>
        EntryPoint.MethodOf(entryPoint)?.GetCustomAttribute<ErsAttribute>() is { } operation ? ErsEndpoints.Of(operation.Id) : null;
}
