using System.Globalization;
using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Security.Refusals;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace EReferrals.Security;

/// <summary>
/// Rejects callers whose role the function does not list in <c>[Requires]</c>. Writes each refusal to the audit trail before it responds: every 403,
/// its own or the function's, what a function refuses with another status, and each 401 for a token that our issuer signed. <see cref="RefusalLimits"/>
/// limits and counts them, and with them each 404 for the number of a referral.
/// </summary>
public sealed partial class SecurityMiddleware(TokenValidator tokens, Settings settings, RefusalLimits refusals, ILogger<SecurityMiddleware> logger)
    : IFunctionsWorkerMiddleware
{
    private const string Scheme = "Bearer ";

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (await context.GetHttpRequestDataAsync() is not { } request)
        {
            await next(context);
            return;
        }

        var access = DeclaredAccess.From(context.FunctionDefinition.EntryPoint);
        if (access.IsOpen)
        {
            await next(context);
            return;
        }

        if (await RefuseAsync(request, access, context) is { } problem)
        {
            context.GetInvocationResult().Value = await request.RespondAsync(problem);
            return;
        }

        await next(context);
        if (context.GetHttpResponseData() is not { StatusCode: var status }) return;
        var isRefused = status == HttpStatusCode.Forbidden || context.IsRefused();
        if (isRefused || IsGuess(context, status))
        {
            var entry = About(context, AuditEntry.Refusal(context, (int)status, "").By(context.Actor()));
            if (await refusals.RecordAsync(RefusalLimits.SubjectOf(context.Caller().Subject), entry, isRefused, context.CancellationToken) is { } tooMany)
            {
                context.GetInvocationResult().Value = await request.RespondAsync(tooMany);
            }
        }
    }

    /// <summary>The problem of a refused caller; null when the caller is admitted and set as the actor of the context.</summary>
    private async Task<Problem?> RefuseAsync(HttpRequestData request, DeclaredAccess access, FunctionContext context)
    {
        switch (await VerdictAsync(request, context.CancellationToken))
        {
            case TokenVerdict.Unknown:
                return Problem.Unavailable("The service cannot validate access tokens at the moment. Retry the request.", RetryAfter);
            case TokenVerdict.Invalid(var detail, var subject):
                Log.Unauthenticated(logger, context.FunctionDefinition.Name, context.RequestId());
                var source = SourceAddress.Of(request, settings.TrustedProxies);
                var entry = About(context, AuditEntry.Refusal(context, (int)HttpStatusCode.Unauthorized, "") with { User = subject, Source = source });
                return await refusals.RecordAsync($"address {source}", entry, isAudited: subject is not null, context.CancellationToken)
                    ?? Problem.Unauthenticated(detail);
            case TokenVerdict.Valid(var caller):
                return await RefuseAsync(request, caller, access, context);
            default:
                throw new InvalidOperationException("This token verdict has no handler.");
        }
    }

    private async Task<Problem?> RefuseAsync(HttpRequestData request, Caller caller, DeclaredAccess access, FunctionContext context)
    {
        switch (CallerRules.Decide(caller, request.Headers, access, settings.OperatorOrganisations))
        {
            case Admission.Granted(var actor):
                context.SetActor(actor);
                context.SetCaller(caller);
                return null;
            case Admission.Refused(var problem, var claimed):
                Log.Refused(logger, context.FunctionDefinition.Name, (int)problem.Status, context.RequestId());
                return problem.Status == HttpStatusCode.Forbidden ? await RecordAsync(context, problem, caller.Subject, claimed) ?? problem : problem;
            default:
                throw new InvalidOperationException("This admission has no handler.");
        }
    }

    private async ValueTask<TokenVerdict> VerdictAsync(HttpRequestData request, CancellationToken cancellationToken)
    {
        var header = request.Header("Authorization") ?? "";
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? await tokens.ValidateAsync(header[Scheme.Length..].Trim(), cancellationToken)
            : new TokenVerdict.Invalid("Send one Authorization header with a bearer token.");
    }

    private Task<Problem?> RecordAsync(FunctionContext context, Problem problem, string subject, Admission.Claim? claimed)
    {
        var code = problem.Errors is [var first, ..] ? first.Code : "";
        var entry = AuditEntry.Refusal(context, (int)problem.Status, code) with
        {
            User = subject,
            Organisation = claimed?.Organisation,
            Role = claimed?.Role,
            OnBehalfOf = claimed?.OnBehalfOf,
        };
        return refusals.RecordAsync(RefusalLimits.SubjectOf(subject), About(context, entry), isAudited: true, context.CancellationToken);
    }

    // A caller that tries numbers meets the same limit whether they exist or not, so that the limit does not tell which do.
    private static bool IsGuess(FunctionContext context, HttpStatusCode status) =>
        status == HttpStatusCode.NotFound && context.BindingContext.BindingData.ContainsKey("ubrn");

    // Records the requested thing when the route contains one of our identifiers or the function found the referral. Other text from the caller is not stored.
    private static AuditEntry About(FunctionContext context, AuditEntry entry)
    {
        var route = context.BindingContext.BindingData;
        return entry with
        {
            Ubrn = Ubrn.TryParse(Text("ubrn"), out var ubrn) ? ubrn : context.Referral(),
            Attachment = Guid.TryParse(Text("id"), out var id) ? id.ToString() : null,
            Worklist = Code.TryParse<Worklist>(Text("list"), out var list) && entry.Organisation is { } organisation
                ? new WorklistName(organisation, list).ToString()
                : null,
        };

        string? Text(string name) => route.TryGetValue(name, out var value) ? Convert.ToString(value, CultureInfo.InvariantCulture) : null;
    }

    private static partial class Log
    {
        [LoggerMessage(2401, LogLevel.Information, "{Function} refused a caller without a valid token; request id {RequestId}")]
        public static partial void Unauthenticated(ILogger logger, string function, string requestId);

        [LoggerMessage(2402, LogLevel.Information, "{Function} refused a caller with {Status}; request id {RequestId}")]
        public static partial void Refused(ILogger logger, string function, int status, string requestId);
    }
}
