using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace EReferrals.Operations;

/// <summary>Answers what operators have switched off with 503, the reason and the expected end.</summary>
public sealed class ModeMiddleware(ServiceModes modes, TimeProvider clock) : IFunctionsWorkerMiddleware
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        // What is open to everybody changes nothing.
        if (await context.GetHttpRequestDataAsync() is { } request
            && !DeclaredAccess.From(context.FunctionDefinition.EntryPoint).IsOpen
            && WhyNot(modes.Current, RequestKinds.From(request.Method, request.Url.AbsolutePath)) is { } what)
        {
            context.GetInvocationResult().Value = await request.RespondAsync(ProblemOf(modes.Current, what), context.CancellationToken);
            return;
        }

        await next(context);
    }

    internal static string? WhyNot(OperatingMode mode, RequestKind kind) => kind switch
    {
        RequestKind.Browsing or RequestKind.Reading or RequestKind.Operating => null,
        _ when mode.ReadOnly => "The service is read-only for now.",
        RequestKind.Uploading when !mode.Uploads => "Attachments are not taken for now.",
        RequestKind.Booking when !mode.Booking => "Appointments are not booked for now.",
        _ => null,
    };

    private Problem ProblemOf(OperatingMode mode, string what)
    {
        var reason = mode.Reason is null ? "" : $" {mode.Reason}";
        var until = mode.Until is { } end ? $" Expected until {end.UtcDateTime:yyyy-MM-dd HH:mm} UTC." : "";
        var left = (mode.Until ?? clock.GetUtcNow()) - clock.GetUtcNow();
        var wait = left < Soon ? Soon : left > Longest ? Longest : left;
        return Problem.Unavailable($"{what}{reason}{until}", Jitter.Above(wait));
    }
}
