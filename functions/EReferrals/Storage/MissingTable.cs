using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables.Models;

namespace EReferrals.Storage;

/// <summary>
/// Turns a missing table into an exception. The client's IfExists methods treat it as a missing row, so a worklist would look empty and a referral would
/// look unknown. A missing table is an outage.
/// </summary>
internal sealed class MissingTable : HttpPipelineSynchronousPolicy
{
    private static readonly string Code = TableErrorCode.TableNotFound.ToString();

    public override void OnReceivedResponse(HttpMessage message)
    {
        if (message.Response.Status == 404 && message.Response.Content.ToString().Contains($"\"{Code}\"", StringComparison.Ordinal))
        {
            throw new RequestFailedException(message.Response.Status, "A table does not exist.", Code, innerException: null);
        }
    }
}
