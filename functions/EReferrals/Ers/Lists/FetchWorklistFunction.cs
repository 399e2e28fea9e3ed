using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Fhir;
using EReferrals.Http;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Services;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Lists;

/// <summary>A008: reads a worklist of the caller's organisation.</summary>
public sealed class FetchWorklistFunction(ErsWorklists lists, PollQuota quota, ServiceDirectory services)
{
    [Function(nameof(FetchWorklistFunction))]
    [Ers("A008")]
    public async Task<HttpResponseData> FetchAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "referrals/FHIR/STU3/ReferralRequest/$ers.fetchworklist")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await FhirRequest.ReadBodyAsync(request, cancellationToken)).TryGet(out var body, out var unreadable))
        {
            return await request.RespondAsync(unreadable, cancellationToken);
        }

        var actor = context.Actor();
        WorklistRequest? read;
        Worklist? named;
        var errors = new FhirErrors();
        using (body) read = WorklistRequest.Read(body.Root, actor.Role.IsApplication(), errors, out named);
        if (named is { } list && !WorklistRules.VisibleTo(actor.Role).Contains(list))
        {
            var forbidden = Forbidden.ToRole(actor, $"{Code.From(actor.Role)} may not read {Code.From(list)}.");
            return await request.RespondAsync(forbidden, cancellationToken);
        }

        if (read is null) return await request.RespondAsync(Problem.NotAcceptable(errors.All), cancellationToken);
        if (await WhyNotAsync(read.Choice, actor, cancellationToken) is { } refused) return await request.RespondAsync(refused, cancellationToken);
        if (actor.Role.IsApplication() && await quota.WhyNotAsync(actor, read.Choice.Service!, cancellationToken) is { } tooOften)
        {
            return await request.RespondAsync(tooOften, cancellationToken);
        }

        var worklist = new WorklistName(actor.Organisation, read.List);
        return await lists.RespondAsync(request, worklist, read.Choice, cancellationToken);
    }

    private async Task<Problem?> WhyNotAsync(WorklistChoice choice, Actor actor, CancellationToken cancellationToken)
    {
        if (choice.Service is not { } id) return null;
        return await services.FindForAsync(id, actor.Organisation, cancellationToken) switch
        {
            null => Problem.NotAcceptable(new FieldError("", "REFERENCE_NOT_FOUND", $"'service' ({id}) does not exist.")),
            { } service when service.Provider != actor.Organisation =>
                Forbidden.WithoutRelationship(actor, "Another organisation provides this service."),
            _ => null,
        };
    }
}
