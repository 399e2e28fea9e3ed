using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Intake;
using EReferrals.Referrals;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands;

/// <summary>
/// What all commands over HTTP have in common: <c>If-Match</c>, <c>Idempotency-Key</c>, a strict body, and the answer to each outcome.
/// </summary>
public sealed class CommandEndpoint(ChangeReferral change, UbrnAllocator numbers, ReferralViews views, AuditTrail audit)
{
    private static readonly TimeSpan ComeBackAfter = TimeSpan.FromSeconds(5);

    /// <param name="read">Makes the command of the body's fields; what is wrong with them is collected there.</param>
    public Task<HttpResponseData> RunAsync(
        HttpRequestData request, string ubrnText, Func<JsonFields, Command?> read, CancellationToken cancellation) =>
        RunAsync(request, ubrnText, (fields, _) => Task.FromResult(read(fields)), cancellation);

    /// <param name="read">As above, for a command that names something which is to be looked up.</param>
    public async Task<HttpResponseData> RunAsync(
        HttpRequestData request, string ubrnText, Func<JsonFields, CancellationToken, Task<Command?>> read, CancellationToken cancellation)
    {
        if (!Ubrn.TryParse(ubrnText, out var ubrn)) return await request.AnswerAsync(ReferralProblems.Unknown, cancellation);
        var (ifMatch, badTag) = EntityTag.IfMatch(request);
        if (badTag is not null) return await request.AnswerAsync(badTag, cancellation);
        var (key, badKey) = IdempotencyKey.Of(request);
        if (badKey is not null) return await request.AnswerAsync(badKey, cancellation);
        var (body, unreadable) = await JsonBody.ReadAsync(request, cancellation);
        if (body is null) return await request.AnswerAsync(unreadable!, cancellation);
        using (body)
        {
            var fields = new JsonFields(body.Root, pointer: "", []);
            var command = await read(fields, cancellation);
            fields.RefuseOthers();
            if (command is null || fields.Errors.Count > 0) return await request.AnswerAsync(Problem.NotAcceptable(fields.Errors), cancellation);
            var hashed = key is null
                ? null
                : IdempotencyKey.Hash(key, request, body.Bytes) with { FormerBodyHash = IdempotencyKey.FormerBodyHash(request, body.Bytes) };
            return await RunAsync(request, ubrn, ifMatch, command, hashed, cancellation);
        }
    }

    private async Task<HttpResponseData> RunAsync(
        HttpRequestData request, Ubrn ubrn, int ifMatch, Command command, Idempotency? key, CancellationToken cancellation)
    {
        var context = request.FunctionContext;
        try
        {
            var outcome = await change.RunAsync(ubrn, ifMatch, command, context.Actor(), context.CorrelationId(), key, cancellation);
            return outcome switch
            {
                ChangeOutcome.Changed changed => await views.AnswerAsync(request, HttpStatusCode.OK, changed.Referral, cancellation),
                ChangeOutcome.Repeated repeated => await RepeatAsync(request, repeated.Referral, cancellation),
                ChangeOutcome.Refused refused => await RefuseAsync(request, refused.Refusals, cancellation),
                ChangeOutcome.KeyUsedOtherwise => await request.AnswerAsync(IdempotencyKey.UsedOtherwise, cancellation),
                ChangeOutcome.Stale => await request.AnswerAsync(ReferralProblems.Stale, cancellation),
                ChangeOutcome.Elsewhere other => ReferralProblems.Elsewhere(request, other.Ubrn),
                _ => await AnswerUnknownAsync(request, ubrn, cancellation),
            };
        }
        catch (Exception refused) when (Transient.Is(refused, cancellation))
        {
            return await request.AnswerAsync(Problem.Unavailable(Doubt(key), ComeBackAfter), cancellation);
        }
    }

    private static string Doubt(Idempotency? key) => key is null
        ? "It is not known whether the referral was changed. Read it again before you repeat this."
        : "It is not known whether the referral was changed. Send the same request again with the same Idempotency-Key.";

    // No event records that the earlier answer is read again.
    private async Task<HttpResponseData> RepeatAsync(HttpRequestData request, Referral referral, CancellationToken cancellation)
    {
        var entry = request.FunctionContext.Audited(AuditedAction.ReferralRead) with { Ubrn = referral.Ubrn };
        await audit.WriteAsync(entry, cancellation);
        return await views.AnswerAsync(request, HttpStatusCode.OK, referral, cancellation);
    }

    private static async Task<HttpResponseData> RefuseAsync(
        HttpRequestData request, IReadOnlyList<Refusal> refusals, CancellationToken cancellation)
    {
        if (refusals[0] is { Code: "NO_RELATIONSHIP" or "FORBIDDEN" } forbidden)
        {
            return await request.AnswerAsync(Problem.Forbidden(forbidden.Code, Text(forbidden)), cancellation);
        }

        var errors = refusals.Select(refusal => new FieldError(refusal.Pointer, refusal.Code, Text(refusal)));
        return await request.AnswerAsync(Problem.NotAcceptable([.. errors]), cancellation);

        static string Text(Refusal refusal) => $"{refusal.Message} ({refusal.Rule})";
    }

    private async Task<HttpResponseData> AnswerUnknownAsync(HttpRequestData request, Ubrn ubrn, CancellationToken cancellation) =>
        await numbers.MayBeTakenAsync(ubrn, GetReferralFunction.QueuedFor, cancellation)
            ? await request.AnswerAsync(ReferralProblems.StillQueued, cancellation)
            : await request.AnswerAsync(ReferralProblems.Unknown, cancellation);
}
