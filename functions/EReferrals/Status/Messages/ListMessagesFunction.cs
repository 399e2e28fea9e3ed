using System.Net;
using EReferrals.ApiDocs;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Security;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Status.Messages;

/// <summary>Lists the current status messages with their ids and authors. Not audited, because messages contain no patient data.</summary>
public sealed class ListMessagesFunction(MessageBoard board)
{
    [Function(nameof(ListMessagesFunction))]
    [Requires(Role.Operator)]
    public async Task<HttpResponseData> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "v1/operations/messages")] HttpRequestData request,
        CancellationToken cancellationToken)
    {
        var messages = await board.ReadAsync(cancellationToken);
        return await request.RespondAsync(HttpStatusCode.OK, new MessageList(messages), StatusJson.Default.MessageList, cancellationToken);
    }
}

internal sealed record MessageList(IReadOnlyList<OperatorMessage> Messages);
