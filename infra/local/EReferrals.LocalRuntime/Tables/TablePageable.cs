using Azure.Data.Tables.Models;

namespace Azure.Data.Tables;

internal sealed class TablePageable(TableEndpoint endpoint, string? filter, int? maxPerPage, CancellationToken cancellationToken)
    : AsyncPageable<TableItem>(cancellationToken)
{
    public override IAsyncEnumerable<Page<TableItem>> AsPages(string? continuationToken = null, int? pageSizeHint = null) =>
        throw new NotImplementedException($"{endpoint} {filter} {maxPerPage}");
}
