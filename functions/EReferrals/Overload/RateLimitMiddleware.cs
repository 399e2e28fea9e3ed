using System.Globalization;
using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Operations;
using EReferrals.Resilience;
using EReferrals.Security;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace EReferrals.Overload;

/// <summary>Enforces the configured rate limit for each pair of caller and organisation. There is no limit when none is configured.</summary>
public sealed class RateLimitMiddleware(RateLimits limits, ServiceTelemetry telemetry) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (await context.GetHttpRequestDataAsync() is not { } request || Verdict(request, context) is not { } verdict)
        {
            await next(context);
            return;
        }

        if (verdict.IsAllowed)
        {
            await next(context);
        }
        else
        {
            telemetry.Shed("rate");
            var problem = Problem.TooManyRequests(
                $"You exceeded the rate limit, which allows bursts of {verdict.Limit} requests. Wait for the time in Retry-After, then retry.",
                Jitter.Above(verdict.Next));
            context.GetInvocationResult().Value = await request.RespondAsync(problem, context.CancellationToken);
        }

        if (context.GetHttpResponseData() is { } response) AddHeaders(response, verdict);
    }

    private RateVerdict? Verdict(HttpRequestData request, FunctionContext context)
    {
        if (DeclaredAccess.From(context.FunctionDefinition.EntryPoint).IsOpen) return null;
        if (RequestKinds.From(request.Method, request.Url.AbsolutePath) == RequestKind.Operating) return null;
        var actor = context.Actor();
        return limits.Take($"{actor.User}|{actor.Organisation}");
    }

    private static void AddHeaders(HttpResponseData response, RateVerdict verdict) => response
        .WithHeader("RateLimit-Limit", verdict.Limit.ToString(CultureInfo.InvariantCulture))
        .WithHeader("RateLimit-Remaining", verdict.Remaining.ToString(CultureInfo.InvariantCulture))
        .WithHeader("RateLimit-Reset", Math.Ceiling(verdict.Full.TotalSeconds).ToString(CultureInfo.InvariantCulture));
}
