using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Operations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace EReferrals.Overload;

/// <summary>
/// Turns requests away, least important first, when there is more to do than can be done. Before the token is looked at, because a
/// refusal must cost little. What is open to everybody is always answered: how the service is must be readable exactly now.
/// </summary>
public sealed class OverloadMiddleware(Workload workload) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (await context.GetHttpRequestDataAsync() is not { } request || DeclaredAccess.From(context.FunctionDefinition.EntryPoint).IsOpen)
        {
            await next(context);
            return;
        }

        using var held = workload.Hold(request.Body.CanSeek ? request.Body.Length : 0);
        if (Refuse(request) is { } problem)
        {
            context.GetInvocationResult().Value = await request.RespondAsync(problem, context.CancellationToken);
            return;
        }

        await next(context);
    }

    private Problem? Refuse(HttpRequestData request)
    {
        var kind = RequestKinds.From(request.Method, request.Url.AbsolutePath);
        // A poll that finds nothing new costs next to nothing; whether it does, its function knows.
        var isPoll = kind == RequestKind.Reading && request.Headers.Contains("If-None-Match");
        return isPoll || kind == RequestKind.Operating ? null : workload.Refuse(ImportanceRules.From(kind));
    }
}
