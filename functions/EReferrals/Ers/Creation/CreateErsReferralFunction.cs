using System.Net;
using EReferrals.Audit;
using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Fhir;
using EReferrals.Ers.Reading;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Lifecycle;
using EReferrals.Overload;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Shortlists;
using EReferrals.Security;
using EReferrals.Services;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Creation;

/// <summary>A011: creates a referral with a shortlist. The response is the referral as it is stored, and a read right after it finds it.</summary>
public sealed class CreateErsReferralFunction(
    CreateReferral creation, ServiceDirectory services, ErsReferrals responses, AuditTrail audit, Workload workload, CallerClock clock)
{
    [Function(nameof(CreateErsReferralFunction))]
    [Ers("A011")]
    public async Task<HttpResponseData> CreateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "referrals/FHIR/STU3/ReferralRequest/$ers.createReferral")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await FhirRequest.ReadKeyedBodyAsync(request, cancellationToken)).TryGet(out var body, out var unreadable))
        {
            return await request.RespondAsync(unreadable, cancellationToken);
        }

        using (body)
        {
            var errors = new FhirErrors();
            var read = CreateReferralReader.Read(body.Root, context.Actor(), clock.Present, errors);
            if (read is null) return await request.RespondAsync(Problem.NotAcceptable(errors.All), cancellationToken);
            var importance = ImportanceRules.OfSubmission(read.Shortlist.Criteria.Priority);
            if (workload.Refuse(importance) is { } busy) return await request.RespondAsync(busy, cancellationToken);
            var draft = await DraftAsync(read, context.Actor(), context.CorrelationId(), cancellationToken);
            return await CreateAsync(request, draft, body.KeyOf(request), cancellationToken);
        }
    }

    private async Task<ShortlistedReferral> DraftAsync(NewReferral read, Actor actor, string correlationId, CancellationToken cancellationToken)
    {
        var named = await services.NameAsync(read.Shortlist.Services, cancellationToken);
        return new ShortlistedReferral
        {
            Patient = new Patient(read.Patient, null, null, null),
            Criteria = read.Shortlist.Criteria,
            Services = named,
            LetterIntention = read.Letter,
            ReminderDays = read.ReminderDays,
            PathwayStart = read.PathwayStart,
            Referrer = new Referrer(actor.Organisation, actor.User, read.Clinician ?? actor.User),
            By = actor,
            CorrelationId = correlationId,
        };
    }

    private async Task<HttpResponseData> CreateAsync(
        HttpRequestData request, ShortlistedReferral draft, Idempotency? key, CancellationToken cancellationToken)
    {
        switch (await creation.CreateAsync(draft, key, cancellationToken))
        {
            case CreateOutcome.Created(var referral):
                return await responses.RespondAsync(request, HttpStatusCode.Created, referral, cancellationToken);
            case CreateOutcome.Repeated(var referral):
                // The caller sees what became of the referral since, and may not be the user who created it.
                var entry = request.FunctionContext.Audited(AuditedAction.ReferralRead) with { Ubrn = referral.Ubrn, Version = referral.Version };
                await audit.WriteAsync(entry, cancellationToken);
                return await responses.RespondAsync(request, HttpStatusCode.Created, referral, cancellationToken);
            case CreateOutcome.Refused(var refusals):
                var names = ShortlistReader.Names.With([.. draft.Services.Select(service => service.Id)]);
                return await request.RespondAsync(names.ProblemOf(refusals), cancellationToken);
            default:
                return await request.RespondAsync(IdempotencyKey.UsedOtherwise, cancellationToken);
        }
    }
}
