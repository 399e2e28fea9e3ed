using System.Diagnostics;
using System.Globalization;
using EReferrals.Audit;
using EReferrals.Http.Requests;
using EReferrals.Operations;
using EReferrals.Resilience;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace EReferrals.Http;

/// <summary>The outermost layer of every HTTP function: the headers of every response, and one shape for everything that breaks.</summary>
public sealed partial class HttpMiddleware(ServiceTelemetry telemetry, ILogger<HttpMiddleware> logger) : IFunctionsWorkerMiddleware
{
    private const int LongestCorrelationId = 128;

    private static readonly TimeSpan TrySoon = TimeSpan.FromSeconds(5);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        // A queue or timer function passes untouched: an exception swallowed here would complete its message, and lose it.
        if (await context.GetHttpRequestDataAsync() is not { } request)
        {
            await WorkAsync(context, next);
            return;
        }

        context.SetCorrelationId(CorrelationIdOf(request));
        context.SetRequestId($"{Guid.NewGuid()}-1");
        // Whatever is logged below carries the id.
        using var scope = Log.Request(logger, context.CorrelationId());
        using var activity = telemetry.Start(
            context.FunctionDefinition.Name, ActivityKind.Server, context.TraceContext.TraceParent, context.CorrelationId());
        try
        {
            if (SingleHeaders.Refuse(request.Headers) is { } repeated) context.GetInvocationResult().Value = await request.RespondAsync(repeated);
            else await next(context);
        }
        catch (Exception ex) when (!IsCallerGone(ex, context))
        {
            context.GetInvocationResult().Value = await request.RespondAsync(ProblemOf(ex, context));
        }

        if (context.GetHttpResponseData() is not { } response) return;
        AddHeaders(response, context);
        if ((int)response.StatusCode >= 500) telemetry.Failed(RequestKinds.From(request.Method, request.Url.AbsolutePath).ToString());
        if (request.Method.Equals("HEAD", StringComparison.OrdinalIgnoreCase)) DropBody(response);
    }

    private async Task WorkAsync(FunctionContext context, FunctionExecutionDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception ex) when (!IsCallerGone(ex, context))
        {
            telemetry.WorkFailed(context.FunctionDefinition.Name);
            throw;
        }
    }

    // Printable ASCII, spaces too; a comma would be two of them in one.
    private static string CorrelationIdOf(HttpRequestData request) =>
        request.Header("X-Correlation-ID")?.Trim() is { Length: >= 1 and <= LongestCorrelationId } sent
        && !sent.AsSpan().ContainsAnyExceptInRange(' ', '~') && !sent.Contains(',', StringComparison.Ordinal)
            ? sent
            : Guid.NewGuid().ToString();

    private static bool IsCallerGone(Exception failure, FunctionContext context) =>
        failure is OperationCanceledException && context.CancellationToken.IsCancellationRequested;

    private static void AddHeaders(HttpResponseData response, FunctionContext context)
    {
        response.WithHeader("X-Correlation-ID", context.CorrelationId()).WithHeader("X-Request-ID", context.RequestId());
        if (!response.Headers.Contains("Cache-Control")) response.Headers.Add("Cache-Control", "no-store");
        Vary.Add(response, context);
    }

    // The answer to HEAD is that to GET, without its body.
    private static void DropBody(HttpResponseData response)
    {
        if (response.Body.Length == 0) return;
        if (!response.Headers.Contains("Content-Length")) response.Headers.Add("Content-Length", response.Body.Length.ToString(CultureInfo.InvariantCulture));
        response.Body = new MemoryStream();
    }

    private Problem ProblemOf(Exception failure, FunctionContext context)
    {
        var function = context.FunctionDefinition.Name;
        if (failure is AuditUnavailableException)
        {
            // The trail has said why, once for all who waited.
            return Problem.Unavailable("What you asked for must be recorded, and cannot be just now. Send the request again.", TrySoon);
        }

        if (Transient.Is(failure))
        {
            Log.Unavailable(logger, function, context.CorrelationId(), failure);
            return Problem.Unavailable("Something this depends on did not answer. Send the request again.", TrySoon);
        }

        Log.Broken(logger, function, context.CorrelationId(), failure);
        return Problem.Unexpected();
    }

    private static partial class Log
    {
        public static readonly Func<ILogger, string, IDisposable?> Request = LoggerMessage.DefineScope<string>("CorrelationId:{CorrelationId}");

        [LoggerMessage(2001, LogLevel.Warning, "{Function} could not reach what it depends on; correlation id {CorrelationId}")]
        public static partial void Unavailable(ILogger logger, string function, string correlationId, Exception failure);

        [LoggerMessage(2002, LogLevel.Error, "{Function} broke; correlation id {CorrelationId}")]
        public static partial void Broken(ILogger logger, string function, string correlationId, Exception failure);
    }
}
