using System.Globalization;
using System.Text.Json;
using Azure.Core;
using Azure.Data.Tables.Models;

namespace Azure.Data.Tables;

/// <summary>The tables of an account, page by page.</summary>
internal sealed class TablePageable(TableEndpoint endpoint, string? filter, int? maxPerPage, CancellationToken cancellationToken)
    : AsyncPageable<TableItem>(cancellationToken)
{
    public override async IAsyncEnumerable<Page<TableItem>> AsPages(string? continuationToken = null, int? pageSizeHint = null)
    {
        var top = pageSizeHint ?? maxPerPage;
        EntityRules.CheckPageSize(top);
        do
        {
            var query = new QueryText($"{endpoint.Address}Tables");
            query.Add("$filter", filter);
            query.Add("$top", top?.ToString(CultureInfo.InvariantCulture));
            query.Add("NextTableName", continuationToken);
            var response = await endpoint.SendAsync(RequestMethod.Get, query.ToString(), Statuses.Ok, default, CancellationToken).ConfigureAwait(false);

            using var document = JsonDocument.Parse(response.Content);
            TableItem[] items = [.. document.RootElement.GetProperty("value").EnumerateArray().Select(item => new TableItem(item.GetProperty("TableName").GetString()))];
            response.Headers.TryGetValue("x-ms-continuation-NextTableName", out continuationToken);
            yield return Page<TableItem>.FromValues(items, continuationToken, response);
        }
        while (continuationToken is not null);
    }
}
