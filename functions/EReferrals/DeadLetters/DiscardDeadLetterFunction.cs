using System.Net;
using System.Text.Json;
using EReferrals.ApiDocs;
using EReferrals.Confirmations;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.DeadLetters;

/// <summary>
/// <c>POST /v1/operations/dead-letters/{id}/discard</c>: discards a dead letter. That of an accepted submission may need a second operator's confirmation.
/// </summary>
public sealed class DiscardDeadLetterFunction(QuarantineTable quarantine, DeadLetterDiscard discard, SecondOperator second)
{
    [Function(nameof(DiscardDeadLetterFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> DiscardAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operations/dead-letters/{id}/discard")] HttpRequestData request,
        string id,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await request.ReadJsonAsync(Read, cancellationToken)).TryGet(out var asked, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        var letter = await quarantine.FindAsync(id, cancellationToken);
        if (letter is null) return await RespondDiscardedAsync(request, id, cancellationToken);
        if (second.IsRequired && DeadLetterDiscard.NeedsConfirmation(letter))
        {
            var wanted = JsonSerializer.SerializeToElement(new AskedDiscard(letter.Id.ToString(), asked.Reason), DeadLetterJson.Default.AskedDiscard);
            var response = await second.AskAsync(request, ConfirmedAction.DiscardDeadLetter, wanted, asked.Emergency, cancellationToken);
            if (response is not null) return response;
        }

        await discard.ApplyAsync(letter, asked.Reason, context.Actor(), context, cancellationToken);
        return request.Respond(HttpStatusCode.NoContent);
    }

    // The request was sent again after its response was lost, or another operator has just discarded the letter.
    private async Task<HttpResponseData> RespondDiscardedAsync(HttpRequestData request, string id, CancellationToken cancellationToken) =>
        DeadLetterIds.Parse(id) is { } parsed && await quarantine.IsDiscardedAsync(parsed, cancellationToken)
            ? request.Respond(HttpStatusCode.NoContent)
            : await request.RespondAsync(DeadLetterProblems.Unknown, cancellationToken);

    private static DiscardRequest? Read(JsonFields fields)
    {
        var reason = OperatorReason.Read(fields);
        var emergency = SecondOperator.ReadEmergency(fields);
        return reason is null ? null : new DiscardRequest(reason, emergency);
    }

    private sealed record DiscardRequest(string Reason, string? Emergency);
}
