using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Messaging;
using EReferrals.Overload;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Security;
using EReferrals.Storage;
using EReferrals.Storage.Retention;
using EReferrals.Telemetry;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Logging;

namespace EReferrals.Intake;

/// <summary>
/// Step 1 of the flow in the README: <c>POST /v1/referrals</c>. A 202 means that the broker has stored the submission on disk; it depends on nothing else.
/// The steps are: 1 validate, 2 take a UBRN, 3 record the idempotency key, 4 send, 5 respond. After a stop before 4, nothing was accepted. After
/// a stop between 4 and 5, the submission was accepted and the sender does not know: it retries, and the key makes one referral of both. If the
/// key table was unavailable too, processing finds the repeat and stores its UBRN as an alias.
/// </summary>
public sealed partial class SubmitReferralFunction(
    ReferenceCheck references, UbrnAllocator numbers, SenderKeys keys, GoneReferrals gone, ReferralBus bus, ReferralLedger ledger,
    Workload workload, ServiceTelemetry telemetry, CallerClock clock, ILogger<SubmitReferralFunction> logger)
{
    // The key is optional for the sender, so acceptance must not wait long for it. Processing claims the key again.
    private static readonly TimeSpan KeyLimit = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan NumberLimit = TimeSpan.FromSeconds(3);

    // For the UBRN, the key and the send together, so that the sender has a response within five seconds.
    private static readonly TimeSpan AcceptLimit = TimeSpan.FromSeconds(3.5);
    private static readonly TimeSpan ComeBackAfter = TimeSpan.FromSeconds(5);

    [Function(nameof(SubmitReferralFunction))]
    [Requires(Role.ReferringClinician, Role.ReferringClinicianAdmin)]
    public async Task<HttpResponseData> SubmitAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/referrals")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!IdempotencyKey.From(request).TryGet(out var key, out var badKey)) return await request.RespondAsync(badKey, cancellationToken);
        if (!(await JsonBody.ReadAsync(request, cancellationToken)).TryGet(out var body, out var unreadable))
        {
            return await request.RespondAsync(unreadable, cancellationToken);
        }

        using (body)
        {
            if (!SubmissionReader.Read(body.Root, context.Actor(), clock.Present, context.CorrelationId()).TryGet(out var draft, out var invalid))
            {
                return await request.RespondAsync(invalid, cancellationToken);
            }

            if (workload.Refuse(ImportanceRules.OfSubmission(draft.Priority)) is { } busy) return await request.RespondAsync(busy, cancellationToken);
            draft = draft with
            {
                Idempotency = key is null
                    ? null
                    : IdempotencyKey.Hash(key, request, body.Bytes) with { FormerBodyHash = IdempotencyKey.FormerBodyHash(body.Bytes) },
            };
            return await AcceptAsync(request, draft, cancellationToken);
        }
    }

    private async Task<HttpResponseData> AcceptAsync(HttpRequestData request, Submission draft, CancellationToken cancellationToken)
    {
        // An accepted submission stays accepted, even when the service has closed since: look up the key before refusing.
        var problems = await references.FindProblemsAsync(draft, cancellationToken);
        if (problems.Count > 0)
        {
            var former = await FindKeyAsync(draft, cancellationToken);
            // If we refused a retry of an accepted submission, its sender would send it with another key, as a second referral.
            if (former is Lookup<KeyRecord>.NoResponse) return await request.RespondAsync(KeyNotChecked, cancellationToken);
            if (former is Lookup<KeyRecord>.Absent) return await request.RespondAsync(Problem.NotAcceptable(problems), cancellationToken);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AcceptLimit);
        try
        {
            var submission = draft with { Ubrn = await TakeNumberAsync(limit.Token) };
            if (await RecordKeyAsync(submission, limit.Token) is Lookup<KeyRecord>.Found { Value: var record })
            {
                if (!submission.Idempotency!.IsOf(record.BodyHash)) return await request.RespondAsync(IdempotencyKey.UsedOtherwise, cancellationToken);
                var first = record.Ubrn!.Value;
                if (first != submission.Ubrn && await IsDeletedAsync(first, limit.Token)) return await request.RespondAsync(Deleted, cancellationToken);
                submission = submission with { Ubrn = first };
            }

            using (workload.Send()) await bus.SubmitAsync(submission, limit.Token);
            // The canary checks and deletes its own referral, so the reconciler would report it as missing.
            if (submission.Referrer.Organisation != ReservedOrganisation.Canary) ledger.Note(submission.Ubrn);
            telemetry.Accepted();
            return await RespondAcceptedAsync(request, submission.Ubrn, cancellationToken);
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            Log.NotAccepted(logger, ex);
            return await request.RespondAsync(
                Problem.Unavailable(
                    "We could not confirm that the referral was accepted. Send it again, with the same Idempotency-Key if you sent one.", ComeBackAfter),
                cancellationToken);
        }
    }

    private async Task<Ubrn> TakeNumberAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(NumberLimit);
        return await numbers.TakeAsync(limit.Token);
    }

    private static Problem KeyNotChecked => Problem.Unavailable(
        "We cannot check this Idempotency-Key at the moment. Retry with the same key.", ComeBackAfter);

    private static Problem Deleted => Problem.Deleted(
        "The referral of this Idempotency-Key was deleted. To refer the patient again, send the referral with another key.");

    // Only asked about a repeat. When the table does not respond in time, the repeat is accepted, and processing makes it a dead letter.
    private async Task<bool> IsDeletedAsync(Ubrn first, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(KeyLimit);
        try
        {
            return await gone.FindFirstAsync(first, limit.Token) is not null;
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            Log.DeletionNotChecked(logger, ex);
            return false;
        }
    }

    private Task<Lookup<KeyRecord>> RecordKeyAsync(Submission submission, CancellationToken cancellationToken) => WithinLimitAsync(
        submission,
        async token => await keys.RecordAsync(submission.Referrer.Organisation, submission.Idempotency!, submission.Ubrn, token),
        cancellationToken);

    private Task<Lookup<KeyRecord>> FindKeyAsync(Submission draft, CancellationToken cancellationToken) => WithinLimitAsync(
        draft,
        token => keys.FindAsync(draft.Referrer.Organisation, draft.Idempotency!, token),
        cancellationToken);

    // A submission without a key has no record. When the table does not respond in time, processing claims the key again.
    private async Task<Lookup<KeyRecord>> WithinLimitAsync(
        Submission submission, Func<CancellationToken, Task<KeyRecord?>> read, CancellationToken cancellationToken)
    {
        if (submission.Idempotency is null) return new Lookup<KeyRecord>.Absent();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(KeyLimit);
        try
        {
            return Lookup.From(await read(limit.Token));
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            Log.KeyNotRecorded(logger, ex);
            return new Lookup<KeyRecord>.NoResponse();
        }
    }

    private static async Task<HttpResponseData> RespondAcceptedAsync(HttpRequestData request, Ubrn ubrn, CancellationToken cancellationToken)
    {
        var self = $"/v1/referrals/{ubrn}";
        var accepted = new AcceptedReferral(ubrn.ToString(), "QUEUED", new Links(self));
        var response = await request.RespondAsync(HttpStatusCode.Accepted, accepted, IntakeJson.Default.AcceptedReferral, cancellationToken);
        response.Headers.Add("Location", self);
        response.Headers.Add("Retry-After", "1");
        return response;
    }

    private static partial class Log
    {
        [LoggerMessage(1001, LogLevel.Warning, "A submission could not be confirmed as accepted; the sender was asked to retry")]
        public static partial void NotAccepted(ILogger logger, Exception ex);

        [LoggerMessage(1002, LogLevel.Warning, "The idempotency table did not respond in time")]
        public static partial void KeyNotRecorded(ILogger logger, Exception ex);

        [LoggerMessage(1005, LogLevel.Warning, "Whether the referral of a repeated submission was deleted could not be read in time")]
        public static partial void DeletionNotChecked(ILogger logger, Exception ex);
    }
}
