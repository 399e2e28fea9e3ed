using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EReferrals.LocalRuntime.Host;

/// <summary>Runs one invocation: a scope, the middleware, the function, and the time it may take.</summary>
internal sealed partial class FunctionRunner(
    IServiceScopeFactory scopes,
    IReadOnlyList<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware,
    TimeSpan timeout,
    TimeProvider time,
    ILogger<FunctionRunner> log) : IDisposable
{
    private readonly FunctionExecutionDelegate pipeline = Compose(middleware);
    private readonly CancellationTokenSource stopping = new();
    private int running;

    public int Running => Volatile.Read(ref running);

    /// <summary>Signals every running invocation that the host goes down.</summary>
    public void CancelAll() => stopping.Cancel();

    public void Dispose() => stopping.Dispose();

    /// <summary>Completes when the invocation has ended well; throws what the function threw, after logging it.</summary>
    public async Task RunAsync(LocalFunction function, TriggerInput input, CancellationToken aborted)
    {
        var cancellation = CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping.Token);
        var run = InvokeAsync(new LocalFunctionContext(function, input, cancellation.Token), cancellation);
        try
        {
            if (run.IsCompleted || timeout == Timeout.InfiniteTimeSpan) await run;
            else await run.WaitAsync(timeout, time, CancellationToken.None);
        }
        catch (TimeoutException) when (!run.IsCompleted)
        {
            Log.TimedOut(log, function.Name, timeout);
            Cancel(cancellation);
            throw new TimeoutException($"{function.Name} ran longer than functionTimeout ({timeout}).");
        }
        catch (Exception e)
        {
            Log.Failed(log, e, function.Name);
            throw;
        }
    }

    private async Task InvokeAsync(LocalFunctionContext context, CancellationTokenSource cancellation)
    {
        Interlocked.Increment(ref running);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            context.Begin(scope.ServiceProvider);
            await pipeline(context);
            await context.Input.CompleteAsync(context);
        }
        finally
        {
            cancellation.Dispose();
            Interlocked.Decrement(ref running);
        }
    }

    private static void Cancel(CancellationTokenSource cancellation)
    {
        try
        {
            cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended in this moment: nothing is left to cancel.
        }
    }

    private static FunctionExecutionDelegate Compose(IReadOnlyList<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware)
    {
        FunctionExecutionDelegate next = context => ((LocalFunctionContext)context).Function.ExecuteAsync((LocalFunctionContext)context);
        for (var i = middleware.Count - 1; i >= 0; i--) next = middleware[i](next);
        return next;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Function {Function} failed.")]
        public static partial void Failed(ILogger logger, Exception exception, string function);

        [LoggerMessage(2, LogLevel.Error, "Function {Function} ran longer than functionTimeout {Timeout}. In the cloud this ends the whole worker.")]
        public static partial void TimedOut(ILogger logger, string function, TimeSpan timeout);
    }
}
