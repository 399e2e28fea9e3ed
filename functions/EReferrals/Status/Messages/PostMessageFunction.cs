using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Http.Requests;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Status.Messages;

/// <summary>Posts a message of an operator, which the status and its page show to everyone. The same message, sent again, is shown once.</summary>
public sealed class PostMessageFunction(MessageBoard board, AuditTrail audit, CallerClock clock)
{
    private const int MaxLength = 2_000;

    [Function(nameof(PostMessageFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> PostAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "v1/operations/messages")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        if (!(await request.ReadJsonAsync(fields => Read(fields, context.Actor()), cancellationToken)).TryGet(out var message, out var problem))
        {
            return await request.RespondAsync(problem, cancellationToken);
        }

        return await PostAsync(request, message, cancellationToken);
    }

    private OperatorMessage? Read(JsonFields fields, Actor by)
    {
        var text = fields.Text("text", MaxLength, required: true, lines: true);
        var until = fields.Instant("until", PlausibleRange.MessageUntil, clock.Present);
        return text is null ? null : new OperatorMessage(Guid.NewGuid(), clock.Present.Now, text, until, by.User);
    }

    private async Task<HttpResponseData> PostAsync(HttpRequestData request, OperatorMessage message, CancellationToken cancellationToken)
    {
        var entry = request.FunctionContext.Audited(AuditedAction.MessageChanged) with { Message = message.Id, After = message.Recorded() };
        await audit.WriteAsync(entry, cancellationToken);
        if (await board.PostAsync(message, cancellationToken) is not { } id)
        {
            var full = new FieldError("", "TOO_MANY_ITEMS", $"There are already {MessageBoard.MostMessages} messages, the maximum. Delete one first.");
            return await request.RespondAsync(Problem.NotAcceptable(full), cancellationToken);
        }

        var response = await request.RespondAsync(HttpStatusCode.Created, new PostedMessage(id), StatusJson.Default.PostedMessage, cancellationToken);
        return response.WithHeader("Location", $"/v1/operations/messages/{id}");
    }
}

internal sealed record PostedMessage(Guid Id);
