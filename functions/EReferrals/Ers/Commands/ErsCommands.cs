using System.Text.Json;
using EReferrals.Audit;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Outcomes;
using EReferrals.Ers.Reading;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Lifecycle;
using EReferrals.Referrals;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Commands;

/// <summary>
/// What all commands of this API have in common: the order of the checks (406, 400 for headers, 415, 404, 412, 409, 422), and the response to each outcome. The
/// commands themselves and their rules are those of the plain API.
/// </summary>
public sealed class ErsCommands(ChangeReferral change, ErsReferrals referrals, AuditTrail audit)
{
    private static readonly TimeSpan ComeBackAfter = TimeSpan.FromSeconds(5);

    internal async Task<HttpResponseData> ExecuteAsync(
        HttpRequestData request, string ubrnText, ErsCommand command, CancellationToken cancellationToken)
    {
        if (!IdempotencyKey.From(request).TryGet(out var key, out var badKey)) return await request.RespondAsync(badKey, cancellationToken);
        // e-RS takes an empty header for a missing one.
        var tag = string.IsNullOrWhiteSpace(request.Header("If-Match")) ? Problem.PreconditionRequired() : EntityTag.IfMatch(request);
        if (tag.Problem is { Status: System.Net.HttpStatusCode.BadRequest } malformed) return await request.RespondAsync(malformed, cancellationToken);
        if (command.Profile is null) return await ExecuteAsync(request, ubrnText, tag, command, default, [], key, cancellationToken);
        if (!(await FhirRequest.ReadBodyAsync(request, cancellationToken)).TryGet(out var body, out var unreadable))
        {
            return await request.RespondAsync(unreadable, cancellationToken);
        }

        using (body) return await ExecuteAsync(request, ubrnText, tag, command, body.Root, body.Bytes, key, cancellationToken);
    }

    private async Task<HttpResponseData> ExecuteAsync(
        HttpRequestData request,
        string ubrnText,
        Result<int> tag,
        ErsCommand command,
        JsonElement body,
        byte[] bytes,
        string? key,
        CancellationToken cancellationToken)
    {
        if (!Ubrn.TryParse(ubrnText, out var ubrn)) return await request.RespondAsync(ErsReferrals.Unknown, cancellationToken);
        var errors = new FhirErrors();
        var parameters = command.Profile is null ? null : FhirParameters.From(new FhirElement(body, "", errors), ErsUrls.Profile(command.Profile));
        var read = parameters is null && command.Profile is not null ? null : await command.Read(parameters, request, cancellationToken);
        parameters?.RefuseOthers();
        if (!tag.TryGet(out var ifMatch, out var missing) || read is null || errors.Any)
        {
            return await request.RespondAsync(await WhyNotAsync(request, ubrnText, ifMatch, missing, errors, cancellationToken), cancellationToken);
        }

        return await ApplyAsync(
            request, ubrn, ifMatch, command, read, key is null ? null : IdempotencyKey.Hash(key, request, bytes), cancellationToken);
    }

    // Whether the referral exists and is known to the caller, and its version, come before the errors of the body.
    private async Task<Problem> WhyNotAsync(
        HttpRequestData request, string ubrn, int ifMatch, Problem? missing, FhirErrors errors, CancellationToken cancellationToken)
    {
        if (await referrals.FindAnyAsync(ubrn, cancellationToken) is not { } referral) return ErsReferrals.Unknown;
        // A former provider is a stranger here, as when it sends a valid body: it does not learn the present version.
        if (ReferralRules.WhyStranger(referral, request.FunctionContext.Actor()) is not null) return ErsReferrals.NoRelationship(request);
        if (missing is not null) return missing;
        return referral.Version == ifMatch ? Problem.NotAcceptable(errors.All) : ReferralProblems.Stale;
    }

    /// <param name="version">The version on which the caller decided.</param>
    internal async Task<HttpResponseData> ApplyAsync(
        HttpRequestData request, Ubrn ubrn, int version, ErsAnswer answer, Command read, Idempotency? key, CancellationToken cancellationToken)
    {
        var context = request.FunctionContext;
        try
        {
            switch (await change.ApplyAsync(ubrn, version, read, context.Actor(), context.CorrelationId(), key, cancellationToken))
            {
                case ChangeOutcome.Changed(var referral):
                    return await answer.Respond(request, referral, cancellationToken);
                case ChangeOutcome.Repeated(var referral):
                    // A repeat creates no event of the referral, so write that it was read to the audit trail.
                    var entry = context.Audited(AuditedAction.ReferralRead) with { Ubrn = referral.Ubrn, Version = referral.Version };
                    await audit.WriteAsync(entry, cancellationToken);
                    return await answer.Respond(request, referral, cancellationToken);
                case ChangeOutcome.Refused refused:
                    return await request.RespondAsync(ProblemOf(request, answer.NamesOf(read), refused), cancellationToken);
                case ChangeOutcome.KeyUsedOtherwise:
                    return await request.RespondAsync(IdempotencyKey.UsedOtherwise, cancellationToken);
                case ChangeOutcome.Stale:
                    return await request.RespondAsync(ReferralProblems.Stale, cancellationToken);
                case ChangeOutcome.Elsewhere(var first):
                    return await ApplyAsync(request, first, version, answer, read, key, cancellationToken);
                default:
                    return await request.RespondAsync(ErsReferrals.Unknown, cancellationToken);
            }
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            return await request.RespondAsync(
                Problem.Unavailable("We do not know whether the referral was changed. Read it before you repeat this request.", ComeBackAfter),
                cancellationToken);
        }
    }

    private static Problem ProblemOf(HttpRequestData request, ErsNames names, ChangeOutcome.Refused refused) => refused.Refusal.Code switch
    {
        "NO_RELATIONSHIP" => ErsReferrals.NoRelationship(request),
        "FORBIDDEN" => Forbidden.ToRole(request.FunctionContext.Actor(), refused.Refusal.Message),
        _ => names.ProblemOf(refused.Refusals),
    };
}

/// <summary>How one operation answers.</summary>
/// <param name="Names">The names that its refusals speak of.</param>
/// <param name="Respond">Writes the changed referral.</param>
internal record ErsAnswer(ErsNames Names, Func<HttpRequestData, Referral, CancellationToken, Task<HttpResponseData>> Respond)
{
    /// <summary>The names, when they depend on the request.</summary>
    public ErsNames NamesOf(Command read) =>
        read is Command.ChangeShortlist shortlist ? Names.With([.. shortlist.Services.Select(service => service.Id)]) : Names;
}

/// <summary>How one operation reads its command, and how it answers.</summary>
/// <param name="Profile">The profile of the body; null when there is none.</param>
/// <param name="Read">Makes the command. It adds its errors to the parameters, and then may return null.</param>
internal sealed record ErsCommand(
    string? Profile,
    ErsNames Names,
    Func<FhirParameters?, HttpRequestData, CancellationToken, Task<Command?>> Read,
    Func<HttpRequestData, Referral, CancellationToken, Task<HttpResponseData>> Respond) : ErsAnswer(Names, Respond);
