using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Intake;
using EReferrals.Lifecycle.Reading;
using EReferrals.Referrals;
using EReferrals.Referrals.Slots;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Security;
using EReferrals.Slots;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Lifecycle.Commands;

/// <summary>
/// What all commands over HTTP have in common: <c>If-Match</c>, <c>Idempotency-Key</c>, a strict body, and the response to each outcome. That the caller
/// has no part in the referral comes before the errors of the body, so that a stranger learns nothing from them.
/// </summary>
public sealed class CommandEndpoint(
    ChangeReferral change, ReferralTable referrals, MissingReferrals missing, UbrnAllocator numbers, ReferralViews views, AuditTrail audit)
{
    private static readonly TimeSpan ComeBackAfter = TimeSpan.FromSeconds(5);

    /// <param name="read">Makes the command from the fields of the body. It adds its errors to the fields, and then may return null.</param>
    public Task<HttpResponseData> ExecuteAsync(
        HttpRequestData request, string ubrnText, Func<JsonFields, Command?> read, CancellationToken cancellationToken) =>
        ExecuteAsync(request, ubrnText, (fields, _) => Task.FromResult(read(fields)), cancellationToken);

    /// <param name="read">As above, for a command that must look something up.</param>
    public async Task<HttpResponseData> ExecuteAsync(
        HttpRequestData request, string ubrnText, Func<JsonFields, CancellationToken, Task<Command?>> read, CancellationToken cancellationToken)
    {
        if (!Ubrn.TryParse(ubrnText, out var ubrn)) return await request.RespondAsync(ReferralProblems.Unknown, cancellationToken);
        if (!EntityTag.IfMatch(request).TryGet(out var ifMatch, out var badTag)) return await request.RespondAsync(badTag, cancellationToken);
        if (!IdempotencyKey.From(request).TryGet(out var key, out var badKey)) return await request.RespondAsync(badKey, cancellationToken);
        if (!(await JsonBody.ReadAsync(request, cancellationToken)).TryGet(out var body, out var unreadable))
        {
            return await request.RespondAsync(unreadable, cancellationToken);
        }

        using (body)
        {
            var fields = new JsonFields(body.Root, pointer: "", []);
            var command = await read(fields, cancellationToken);
            fields.RefuseOthers();
            if (command is null || fields.Errors.Count > 0)
            {
                return await RespondInvalidAsync(request, ubrn, Problem.NotAcceptable(fields.Errors), cancellationToken);
            }

            var hashed = key is null
                ? null
                : IdempotencyKey.Hash(key, request, body.Bytes) with { FormerBodyHash = IdempotencyKey.FormerBodyHash(request, body.Bytes) };
            return await ExecuteAsync(request, ubrn, ifMatch, command, hashed, cancellationToken);
        }
    }

    private async Task<HttpResponseData> RespondInvalidAsync(HttpRequestData request, Ubrn ubrn, Problem invalid, CancellationToken cancellationToken)
    {
        return await referrals.FindAsync(ubrn, cancellationToken) is { } found
            && ReferralRules.WhyStranger(found.Referral, request.FunctionContext.Actor()) is { } strange
            ? await RefuseAsync(request, [strange], cancellationToken)
            : await request.RespondAsync(invalid, cancellationToken);
    }

    private async Task<HttpResponseData> ExecuteAsync(
        HttpRequestData request, Ubrn ubrn, int ifMatch, Command command, Idempotency? key, CancellationToken cancellationToken)
    {
        var context = request.FunctionContext;
        try
        {
            var outcome = await change.ApplyAsync(ubrn, ifMatch, command, context.Actor(), context.CorrelationId(), key, cancellationToken);
            return outcome switch
            {
                ChangeOutcome.Changed changed => await views.RespondAsync(request, HttpStatusCode.OK, changed.Referral, cancellationToken),
                ChangeOutcome.Repeated repeated => await RepeatAsync(request, repeated.Referral, cancellationToken),
                ChangeOutcome.Refused refused => await RefuseAsync(request, refused.Refusals, cancellationToken),
                ChangeOutcome.KeyUsedOtherwise => await request.RespondAsync(IdempotencyKey.UsedOtherwise, cancellationToken),
                ChangeOutcome.Stale => await request.RespondAsync(ReferralProblems.Stale, cancellationToken),
                ChangeOutcome.Elsewhere other => ReferralProblems.Elsewhere(request, other.Ubrn),
                _ => await RespondUnknownAsync(request, ubrn, cancellationToken),
            };
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            return await request.RespondAsync(Problem.Unavailable(OutcomeUnknown(key), ComeBackAfter), cancellationToken);
        }
    }

    private static string OutcomeUnknown(Idempotency? key) => key is null
        ? "We do not know whether the referral was changed. Read the referral before you repeat this request."
        : "We do not know whether the referral was changed. Send the same request again with the same Idempotency-Key.";

    // A repeat creates no event of the referral, so write that it was read to the audit trail.
    private async Task<HttpResponseData> RepeatAsync(HttpRequestData request, Referral referral, CancellationToken cancellationToken)
    {
        var entry = request.FunctionContext.Audited(AuditedAction.ReferralRead) with { Ubrn = referral.Ubrn, Version = referral.Version };
        await audit.WriteAsync(entry, cancellationToken);
        return await views.RespondAsync(request, HttpStatusCode.OK, referral, cancellationToken);
    }

    private static async Task<HttpResponseData> RefuseAsync(
        HttpRequestData request, IReadOnlyList<Refusal> refusals, CancellationToken cancellationToken)
    {
        var actor = request.FunctionContext.Actor();
        var forbidden = refusals[0] switch
        {
            { Code: "NO_RELATIONSHIP" } refusal => Forbidden.WithoutRelationship(actor, Text(refusal)),
            { Code: "FORBIDDEN" } refusal => Forbidden.ToRole(actor, Text(refusal)),
            _ => null,
        };
        if (forbidden is not null) return await request.RespondAsync(forbidden, cancellationToken);

        // Not an error of the request: it was right until another referral got the slot.
        if (refusals is [{ Code: SlotRules.NotAvailable } gone]) return await request.RespondAsync(SlotProblems.NotAvailable(Text(gone)), cancellationToken);

        var errors = refusals.Select(refusal => new FieldError(refusal.Pointer, refusal.Code, Text(refusal)));
        return await request.RespondAsync(Problem.NotAcceptable([.. errors]), cancellationToken);

        static string Text(Refusal refusal) => $"{refusal.Message} ({refusal.Rule})";
    }

    private async Task<HttpResponseData> RespondUnknownAsync(HttpRequestData request, Ubrn ubrn, CancellationToken cancellationToken)
    {
        var known = await missing.FindAsync(ubrn, request.FunctionContext.Actor(), cancellationToken);
        if (known is not null) return await request.RespondAsync(known, cancellationToken);
        return await numbers.MayBeTakenAsync(ubrn, GetReferralFunction.QueuedFor, cancellationToken)
            ? await request.RespondAsync(ReferralProblems.StillQueued, cancellationToken)
            : await request.RespondAsync(ReferralProblems.Unknown, cancellationToken);
    }
}
