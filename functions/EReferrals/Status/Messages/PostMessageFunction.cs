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

/// <summary>Posts a message of an operator, which the status and its page show to everyone.</summary>
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
        if (!(await JsonBody.ReadAsync(request, cancellationToken)).TryGet(out var body, out var unreadable))
        {
            return await request.RespondAsync(unreadable, cancellationToken);
        }

        using (body)
        {
            var fields = new JsonFields(body.Root, "", []);
            var text = fields.Text("text", MaxLength, required: true, lines: true);
            var until = fields.Instant("until", PlausibleRange.MessageUntil, clock.Present);
            fields.RefuseOthers();
            if (fields.Errors.Count > 0) return await request.RespondAsync(Problem.NotAcceptable(fields.Errors), cancellationToken);
            return await PostAsync(request, new OperatorMessage(Guid.NewGuid(), clock.Present.Now, text!, until, context.Actor().User), cancellationToken);
        }
    }

    private async Task<HttpResponseData> PostAsync(HttpRequestData request, OperatorMessage message, CancellationToken cancellationToken)
    {
        await audit.WriteAsync(request.FunctionContext.Audited(AuditedAction.MessageChanged) with { Message = message.Id }, cancellationToken);
        if (!await board.PostAsync(message, cancellationToken))
        {
            var full = new FieldError("", "TOO_MANY_ITEMS", $"There are already {MessageBoard.MostMessages} messages, the maximum. Delete one first.");
            return await request.RespondAsync(Problem.NotAcceptable(full), cancellationToken);
        }

        var response = await request.RespondAsync(HttpStatusCode.Created, new PostedMessage(message.Id), StatusJson.Default.PostedMessage, cancellationToken);
        return response.WithHeader("Location", $"/v1/operations/messages/{message.Id}");
    }
}

internal sealed record PostedMessage(Guid Id);
