using EReferrals.Ers.Endpoints;
using EReferrals.Ers.Fhir;
using EReferrals.Http;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;
using EReferrals.Security;
using EReferrals.Services;
using EReferrals.Worklists.Reading;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Ers.Lists;

/// <summary>A008: reads a worklist of the caller's organisation.</summary>
public sealed class FetchWorklistFunction(ErsWorklists lists, PollQuota quota, ServiceDirectory services, LiveReads live)
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
        if (await WhyNotAsync(read, actor, cancellationToken) is { } refused) return await request.RespondAsync(refused, cancellationToken);
        return actor.Role.IsApplication()
            ? await quota.RunAsync(request, actor, read.Choice.Service!, RespondAsync, cancellationToken)
            : await RespondAsync();

        Task<HttpResponseData> RespondAsync() =>
            lists.RespondAsync(request, new WorklistName(actor.Organisation, read.List), read.Choice, cancellationToken);
    }

    // While the directory does not answer, a service is taken as it is: it only chooses from the caller's own list, which can be read from a copy.
    private async Task<Problem?> WhyNotAsync(WorklistRequest read, Actor actor, CancellationToken cancellationToken)
    {
        if (read.Choice.Service is not { } id) return null;
        var found = await live.TryAsync(
            read.List, async inTime => Lookup.From(await services.FindForAsync(id, actor.Organisation, inTime)), cancellationToken);
        return found switch
        {
            Lookup<Service>.Absent => Problem.NotAcceptable(new FieldError("", "REFERENCE_NOT_FOUND", $"'service' ({id}) does not exist.")),
            Lookup<Service>.Found(var service) when service.Provider != actor.Organisation =>
                Forbidden.WithoutRelationship(actor, "Another organisation provides this service."),
            _ => null,
        };
    }
}
