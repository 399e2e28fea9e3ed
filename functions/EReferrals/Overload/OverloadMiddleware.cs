using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Operations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace EReferrals.Overload;

/// <summary>
/// Sheds requests under overload, least important first. Runs before authentication, because a refusal must be cheap. Anonymous functions are never
/// shed: people need the status page most during an overload.
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
        // A poll without changes is cheap. Only its function knows whether there are changes, and sheds the poll when there are.
        var isPoll = kind == RequestKind.Reading && request.Headers.Contains("If-None-Match");
        return isPoll || kind == RequestKind.Operating ? null : workload.Refuse(ImportanceRules.From(kind));
    }
}
