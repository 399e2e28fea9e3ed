using System.Collections.Concurrent;
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
public sealed class OverloadMiddleware(Workload workload, Instances instances) : IFunctionsWorkerMiddleware
{
    private static readonly ConcurrentDictionary<string, bool> Polled = new(StringComparer.Ordinal);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        try
        {
            await AnswerAsync(context, next);
        }
        finally
        {
            // Open functions answer with files too.
            LargeAnswers.Leave(context);
        }
    }

    private async Task AnswerAsync(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (await context.GetHttpRequestDataAsync() is not { } request || DeclaredAccess.From(context.FunctionDefinition.EntryPoint).IsOpen)
        {
            await next(context);
            return;
        }

        instances.Answered();
        using var held = workload.Hold(request.Body.CanSeek ? request.Body.Length : 0);
        if (Refuse(request, context.FunctionDefinition.EntryPoint) is { } problem)
        {
            context.GetInvocationResult().Value = await request.RespondAsync(problem, context.CancellationToken);
            return;
        }

        await next(context);
    }

    private Problem? Refuse(HttpRequestData request, string entryPoint)
    {
        var kind = RequestKinds.From(request.Method, request.Url.AbsolutePath);
        // A poll without changes is cheap. Only its function knows whether there are changes, and sheds the poll when there are.
        var isPoll = request.Headers.Contains("If-None-Match") && Polled.GetOrAdd(entryPoint, ShedsItself);
        return isPoll || kind == RequestKind.Operating ? null : workload.Refuse(ImportanceRules.From(kind));
    }

    private static bool ShedsItself(string entryPoint) => EntryPoint.MethodOf(entryPoint)?.IsDefined(typeof(ShedsItselfAttribute), inherit: false) == true;
}
