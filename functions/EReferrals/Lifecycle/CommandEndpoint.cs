using System.Net;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Security;
using EReferrals.Storage;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle;

/// <summary>What all commands over HTTP have in common: <c>If-Match</c>, a strict body, and the answer to each outcome.</summary>
public sealed class CommandEndpoint(ChangeReferral change, UbrnAllocator numbers, ReferralViews views, AuditTrail audit)
{
    private static readonly TimeSpan ComeBackAfter = TimeSpan.FromSeconds(5);

    /// <param name="read">Makes the command of the body's fields; what is wrong with them is collected there.</param>
    public async Task<HttpResponseData> RunAsync(
        HttpRequestData request, string ubrnText, Func<JsonFields, Command?> read, CancellationToken cancellation)
    {
        if (!Ubrn.TryParse(ubrnText, out var ubrn)) return await request.AnswerAsync(ReferralProblems.Unknown, cancellation);
        var (ifMatch, badTag) = EntityTag.IfMatch(request);
        if (badTag is not null) return await request.AnswerAsync(badTag, cancellation);
        var (body, unreadable) = await JsonBody.ReadAsync(request, cancellation);
        if (body is null) return await request.AnswerAsync(unreadable!, cancellation);
        using (body)
        {
            var fields = new JsonFields(body.Root, pointer: "", []);
            var command = read(fields);
            fields.RefuseOthers();
            if (command is null || fields.Errors.Count > 0) return await request.AnswerAsync(Problem.NotAcceptable(fields.Errors), cancellation);
            return await RunAsync(request, ubrn, ifMatch, command, cancellation);
        }
    }

    private async Task<HttpResponseData> RunAsync(
        HttpRequestData request, Ubrn ubrn, int ifMatch, Command command, CancellationToken cancellation)
    {
        var context = request.FunctionContext;
        try
        {
            var outcome = await change.RunAsync(ubrn, ifMatch, command, context.Actor(), context.CorrelationId(), cancellation);
            return outcome switch
            {
                ChangeOutcome.Changed changed => await views.AnswerAsync(request, HttpStatusCode.OK, changed.Referral, cancellation),
                ChangeOutcome.Refused refused => await RefuseAsync(request, ubrn, refused.Refusal, cancellation),
                ChangeOutcome.Stale => await request.AnswerAsync(ReferralProblems.Stale, cancellation),
                ChangeOutcome.Elsewhere other => ReferralProblems.Elsewhere(request, other.Ubrn),
                _ => await AnswerUnknownAsync(request, ubrn, cancellation),
            };
        }
        catch (Exception refused) when (Transient.Is(refused) && !cancellation.IsCancellationRequested)
        {
            return await request.AnswerAsync(
                Problem.Unavailable("It is not known whether the referral was changed. Read it again before you repeat this.", ComeBackAfter), cancellation);
        }
    }

    private async Task<HttpResponseData> RefuseAsync(HttpRequestData request, Ubrn ubrn, Refusal refusal, CancellationToken cancellation)
    {
        if (refusal.Code is "NO_RELATIONSHIP" or "FORBIDDEN")
        {
            return await audit.RefuseAsync(request, Problem.Forbidden(refusal.Code, refusal.Message), cancellation, ubrn.ToString());
        }

        var error = new FieldError(refusal.Pointer, refusal.Code, $"{refusal.Message} ({refusal.Rule})");
        return await request.AnswerAsync(Problem.NotAcceptable(error), cancellation);
    }

    private async Task<HttpResponseData> AnswerUnknownAsync(HttpRequestData request, Ubrn ubrn, CancellationToken cancellation) =>
        await numbers.WasReservedAsync(ubrn, GetReferralFunction.QueuedFor, cancellation)
            ? await request.AnswerAsync(ReferralProblems.StillQueued, cancellation)
            : await request.AnswerAsync(ReferralProblems.Unknown, cancellation);
}
