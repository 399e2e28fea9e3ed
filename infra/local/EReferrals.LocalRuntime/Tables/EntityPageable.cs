using System.Globalization;
using Azure.Core;

namespace Azure.Data.Tables;

/// <summary>The entities that a query finds, page by page.</summary>
internal sealed class EntityPageable<T>(
    TableEndpoint endpoint, string table, string? filter, int? maxPerPage, string[]? select, CancellationToken cancellationToken)
    : AsyncPageable<T>(cancellationToken)
    where T : class, ITableEntity
{
    public override async IAsyncEnumerable<Page<T>> AsPages(string? continuationToken = null, int? pageSizeHint = null)
    {
        var top = pageSizeHint ?? maxPerPage;
        EntityRules.CheckPageSize(top);
        do
        {
            var query = new QueryText($"{endpoint.Address}{table}()");
            query.Add("$filter", string.IsNullOrEmpty(filter) ? null : filter);
            query.Add("$select", select is null ? null : string.Join(',', select));
            query.Add("$top", top?.ToString(CultureInfo.InvariantCulture));
            if (continuationToken is not null)
            {
                var (partitionKey, rowKey) = Read(continuationToken);
                query.Add("NextPartitionKey", partitionKey);
                query.Add("NextRowKey", rowKey);
            }

            var response = await endpoint.SendAsync(RequestMethod.Get, query.ToString(), Statuses.Ok, default, CancellationToken).ConfigureAwait(false);
            var entities = EntityJson.ReadPage(response.Content.ToMemory().Span, select);
            continuationToken = Continuation(response);
            yield return Page<T>.FromValues(
                typeof(T) == typeof(TableEntity) ? (IReadOnlyList<T>)(object)entities : entities.ConvertAll(EntityShape.Bind<T>), continuationToken, response);
        }
        while (continuationToken is not null);
    }

    private static string? Continuation(Response response)
    {
        response.Headers.TryGetValue("x-ms-continuation-NextPartitionKey", out var partitionKey);
        response.Headers.TryGetValue("x-ms-continuation-NextRowKey", out var rowKey);
        return partitionKey is null && rowKey is null ? null : $"{partitionKey} {rowKey}";
    }

    // The service's tokens hold no space; an empty one stands for "none".
    private static (string? PartitionKey, string? RowKey) Read(string token)
    {
        var space = token.IndexOf(' ', StringComparison.Ordinal);
        return space < 0
            ? throw new ArgumentException("The continuation token is not one of a table query.", nameof(token))
            : (token[..space] is { Length: > 0 } partitionKey ? partitionKey : null, token[(space + 1)..] is { Length: > 0 } rowKey ? rowKey : null);
    }
}
