using EReferrals.Ers.Outcomes;
using EReferrals.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace EReferrals.Ers;

/// <summary>
/// Makes every problem of this API an OperationOutcome, those of the other middleware and of unknown addresses included. It must be outermost.
/// </summary>
public sealed class ErsMiddleware(Settings settings, TimeProvider clock) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (await context.GetHttpRequestDataAsync() is { } request && ErsBase.Has(request.Url))
        {
            var url = request.Url;
            QueryMiddleware.Allow(context, FormatParameter.Name);
            if (settings.PublicAddress is { } address) ErsBase.SetPublicAddress(context, address);
            context.SetProblemFormat(problem => ErsBase.IsR4(url) ? R4Outcome.Write(problem, clock.GetUtcNow()) : Stu3Outcome.Write(problem, url));
        }

        await next(context);
    }
}
