using EReferrals.Audit;
using EReferrals.Http.Requests;
using EReferrals.Resilience;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace EReferrals.Http;

/// <summary>
/// Limits the time of every HTTP operation, so that the caller gets a response before most clients time out, even when a dependency hangs. At the
/// limit the middleware cancels the operation and responds 503. It waits at most a second longer for an operation that ignores the cancellation.
/// </summary>
public sealed partial class TimeLimitMiddleware(TimeProvider clock, ILogger<TimeLimitMiddleware> logger) : IFunctionsWorkerMiddleware
{
    /// <summary>Longer than healthy storage and a healthy Service Bus need for the largest list, pack or file.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (await context.GetHttpRequestDataAsync() is not { } request)
        {
            await next(context);
            return;
        }

        var limit = new CancellationTokenSource(Limit, clock);
        var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.CancellationToken);
        var work = next(new LimitedContext(context, linked.Token));
        Abandonable.DisposeAfter(work, linked, limit);
        try
        {
            await work.WaitAsync(Limit + StopGrace, clock, context.CancellationToken);
        }
        catch (Exception ex) when (IsLate(ex, work, limit, context))
        {
            Log.TooLong(logger, context.FunctionDefinition.Name, context.RequestId(), ex);
            context.GetInvocationResult().Value = await request.RespondAsync(Problem.Unavailable(Advice(request), RetryAfter));
        }
    }

    private static bool IsLate(Exception ex, Task work, CancellationTokenSource limit, FunctionContext context) =>
        !context.CancellationToken.IsCancellationRequested
        && (ex is OperationCanceledException or AuditUnavailableException ? limit.IsCancellationRequested : ex is TimeoutException && !work.IsCompleted);

    private static string Advice(HttpRequestData request) => request.Method is "GET" or "HEAD"
        ? "A system that this request depends on does not respond. Retry the request."
        : "A system that this request depends on does not respond, so the outcome is unknown. "
            + "Retry the same request, with the same Idempotency-Key if it had one.";

    private static partial class Log
    {
        [LoggerMessage(2303, LogLevel.Warning, "{Function} timed out; request id {RequestId}")]
        public static partial void TooLong(ILogger logger, string function, string requestId, Exception ex);
    }
}
