using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables.Models;

namespace EReferrals.Storage.Tables;

/// <summary>
/// The client takes a table that is not there for a row that is not there: a worklist would look empty, and a referral unknown, while nothing can
/// be said of them. A missing table is an outage.
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
