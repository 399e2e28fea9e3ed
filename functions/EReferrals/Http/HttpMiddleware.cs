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

/// <summary>The outermost layer of every HTTP function: adds the common headers to every response and turns every exception into a problem response.</summary>
public sealed partial class HttpMiddleware(ServiceTelemetry telemetry, ILogger<HttpMiddleware> logger) : IFunctionsWorkerMiddleware
{
    private const int LongestCorrelationId = 128;

    private static readonly Problem CorrelationIsPatientData = Problem.BadRequest(FieldError.OfHeader(
        "X-Correlation-ID",
        "INVALID_VALUE",
        "X-Correlation-ID contains an NHS number. Correlation ids are kept in the history and the audit trail, so they must not identify a patient."));

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        // Exceptions of queue and timer functions are rethrown: an exception swallowed here would complete its message, and lose it.
        if (await context.GetHttpRequestDataAsync() is not { } request)
        {
            await WorkAsync(context, next);
            return;
        }

        var correlationId = CorrelationIdOf(request);
        var isPatientData = NhsNumberScan.Finds(correlationId);
        // It must not be stored, so the request gets another id.
        context.SetCorrelationId(isPatientData ? Guid.NewGuid().ToString() : correlationId);
        context.SetRequestId($"{Guid.NewGuid()}-1");
        CurrentRequest.Id = context.RequestId();
        // Every log entry of this request carries its id.
        using var scope = Log.Request(logger, context.RequestId());
        using var activity = telemetry.Start(
            context.FunctionDefinition.Name, ActivityKind.Server, context.TraceContext.TraceParent, context.RequestId());
        try
        {
            if (isPatientData) context.GetInvocationResult().Value = await request.RespondAsync(CorrelationIsPatientData);
            else if (SingleHeaders.Refuse(request.Headers) is { } repeated) context.GetInvocationResult().Value = await request.RespondAsync(repeated);
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
            IReadOnlyList<string> names = ex is TimerPartsFailedException parts ? parts.Names : [context.FunctionDefinition.Name];
            foreach (var name in names) telemetry.WorkFailed(name);
            throw;
        }
    }

    // Printable ASCII, including spaces and commas.
    private static string CorrelationIdOf(HttpRequestData request) =>
        request.Header("X-Correlation-ID")?.Trim() is { Length: >= 1 and <= LongestCorrelationId } header
        && !header.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? header
            : Guid.NewGuid().ToString();

    private static bool IsCallerGone(Exception failure, FunctionContext context) =>
        failure is OperationCanceledException && context.CancellationToken.IsCancellationRequested;

    private static void AddHeaders(HttpResponseData response, FunctionContext context)
    {
        response.WithHeader("X-Correlation-ID", context.CorrelationId()).WithHeader("X-Request-ID", context.RequestId());
        if (!response.Headers.Contains("Cache-Control")) response.Headers.Add("Cache-Control", "no-store");
        Vary.Add(response, context);
    }

    // A response to HEAD has the headers of the response to GET and no body.
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
            // AuditTrail has already logged the cause, once for all the requests that waited for it.
            return Problem.Unavailable("The service cannot write the audit record of this request at the moment. Retry the request.", RetryAfter);
        }

        if (Transient.Is(failure))
        {
            Log.Unavailable(logger, function, context.RequestId(), failure);
            return Problem.Unavailable("A system that this request depends on did not respond. Retry the request.", RetryAfter);
        }

        Log.Broken(logger, function, context.RequestId(), failure);
        return Problem.Unexpected();
    }

    private static partial class Log
    {
        public static readonly Func<ILogger, string, IDisposable?> Request = LoggerMessage.DefineScope<string>("RequestId:{RequestId}");

        [LoggerMessage(2301, LogLevel.Warning, "{Function} could not reach a system that it depends on; request id {RequestId}")]
        public static partial void Unavailable(ILogger logger, string function, string requestId, Exception failure);

        [LoggerMessage(2302, LogLevel.Error, "{Function} failed unexpectedly; request id {RequestId}")]
        public static partial void Broken(ILogger logger, string function, string requestId, Exception failure);
    }
}
