using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Resilience;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace EReferrals.Operations;

/// <summary>Responds 503, with the reason and the expected end, to requests for features that operators have switched off.</summary>
public sealed class ModeMiddleware(ServiceModes modes, TimeProvider clock) : IFunctionsWorkerMiddleware
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        // Anonymous functions change nothing.
        if (await context.GetHttpRequestDataAsync() is { } request
            && !DeclaredAccess.From(context.FunctionDefinition.EntryPoint).IsOpen
            && WhyNot(modes.Current, RequestKinds.From(request.Method, request.Url.AbsolutePath)) is { } refusal)
        {
            context.GetInvocationResult().Value = await request.RespondAsync(ProblemOf(modes.Current, refusal), context.CancellationToken);
            return;
        }

        await next(context);
    }

    internal static string? WhyNot(OperatingMode mode, RequestKind kind) => kind switch
    {
        RequestKind.Browsing or RequestKind.Reading or RequestKind.Operating => null,
        _ when mode.ReadOnly => "The service is currently read-only.",
        RequestKind.Uploading when !mode.Uploads => "Attachment uploads are currently switched off.",
        RequestKind.Booking when !mode.Booking => "Booking is currently switched off.",
        _ => null,
    };

    private Problem ProblemOf(OperatingMode mode, string refusal)
    {
        var reason = mode.Reason is null ? "" : $" {mode.Reason}";
        var until = mode.Until is { } end ? $" Expected until {end.UtcDateTime:yyyy-MM-dd HH:mm} UTC." : "";
        var remaining = (mode.Until ?? clock.GetUtcNow()) - clock.GetUtcNow();
        var wait = remaining < ShortestWait ? ShortestWait : remaining > LongestWait ? LongestWait : remaining;
        return Problem.Unavailable($"{refusal}{reason}{until}", Jitter.Above(wait));
    }
}
