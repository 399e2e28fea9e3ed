using EReferrals.Audit;
using EReferrals.Http.Requests;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace EReferrals.Http;

/// <summary>
/// The time limit of every HTTP operation: whatever it depends on hangs, its caller has an answer before most clients give up. When the time is up the
/// operation is told to stop; what does not heed that is no longer waited for.
/// </summary>
public sealed partial class TimeLimitMiddleware(TimeProvider clock, ILogger<TimeLimitMiddleware> logger) : IFunctionsWorkerMiddleware
{
    /// <summary>More than a store or a broker that is well ever needs for the largest list, pack or file.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan ToStop = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ComeBackAfter = TimeSpan.FromSeconds(5);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (await context.GetHttpRequestDataAsync() is not { } request)
        {
            await next(context);
            return;
        }

        var limit = new CancellationTokenSource(Limit, clock);
        var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.CancellationToken);
        var work = next(new LimitedContext(context, either.Token));
        _ = work.ContinueWith(
            done =>
            {
                // What became of it after its caller was answered nobody asks any more.
                _ = done.Exception;
                either.Dispose();
                limit.Dispose();
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        try
        {
            await work.WaitAsync(Limit + ToStop, clock, context.CancellationToken);
        }
        catch (Exception ex) when (IsLate(ex, work, limit, context))
        {
            Log.TooLong(logger, context.FunctionDefinition.Name, context.CorrelationId(), ex);
            context.GetInvocationResult().Value = await request.RespondAsync(Problem.Unavailable(Advice(request), ComeBackAfter));
        }
    }

    private static bool IsLate(Exception ex, Task work, CancellationTokenSource limit, FunctionContext context) =>
        !context.CancellationToken.IsCancellationRequested
        && (ex is OperationCanceledException or AuditUnavailableException ? limit.IsCancellationRequested : ex is TimeoutException && !work.IsCompleted);

    private static string Advice(HttpRequestData request) => request.Method is "GET" or "HEAD"
        ? "Something this depends on does not answer. Ask again."
        : "Something this depends on does not answer, and it is not known whether this was done. Send the same request again, with the same Idempotency-Key if it had one.";

    private static partial class Log
    {
        [LoggerMessage(2003, LogLevel.Warning, "{Function} was not done in time; correlation id {CorrelationId}")]
        public static partial void TooLong(ILogger logger, string function, string correlationId, Exception ex);
    }
}
