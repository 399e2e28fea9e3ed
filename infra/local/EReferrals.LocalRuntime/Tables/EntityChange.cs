using Azure.Core;

namespace Azure.Data.Tables;

/// <summary>One write to one entity, alone or in a transaction: checked, addressed and serialized.</summary>
internal sealed record EntityChange(RequestMethod Method, string Address, byte[]? Json, string? IfMatch, bool ReturnNoContent)
{
    public static EntityChange Add(TableEndpoint endpoint, string table, ITableEntity entity) =>
        new(RequestMethod.Post, endpoint.Address + table, EntityJson.Write(entity), IfMatch: null, ReturnNoContent: true);

    /// <summary>Without <paramref name="ifMatch"/> the service also inserts.</summary>
    public static EntityChange Put(TableEndpoint endpoint, string table, ITableEntity entity, TableUpdateMode mode, string? ifMatch) => new(
        mode switch
        {
            TableUpdateMode.Merge => RequestMethod.Patch,
            TableUpdateMode.Replace => RequestMethod.Put,
            _ => throw new ArgumentException($"Unexpected value for {nameof(mode)}: {mode}", nameof(mode)),
        },
        AddressOf(endpoint, table, entity.PartitionKey, entity.RowKey),
        EntityJson.Write(entity),
        ifMatch,
        ReturnNoContent: false);

    public static EntityChange Delete(TableEndpoint endpoint, string table, string partitionKey, string rowKey, ETag ifMatch) => new(
        RequestMethod.Delete,
        AddressOf(endpoint, table, partitionKey, rowKey),
        Json: null,
        (ifMatch == default ? ETag.All : ifMatch).ToString(),
        ReturnNoContent: false);

    public static EntityChange Of(TableEndpoint endpoint, string table, TableTransactionAction action)
    {
        var entity = action.Entity;
        return action.ActionType switch
        {
            TableTransactionActionType.Add => Add(endpoint, table, entity),
            TableTransactionActionType.UpdateMerge => Put(endpoint, table, entity, TableUpdateMode.Merge, Stated(action.ETag)),
            TableTransactionActionType.UpdateReplace => Put(endpoint, table, entity, TableUpdateMode.Replace, Stated(action.ETag)),
            TableTransactionActionType.Delete => Delete(endpoint, table, entity.PartitionKey, entity.RowKey, action.ETag),
            TableTransactionActionType.UpsertMerge => Put(endpoint, table, entity, TableUpdateMode.Merge, null),
            TableTransactionActionType.UpsertReplace => Put(endpoint, table, entity, TableUpdateMode.Replace, null),
            _ => throw new InvalidOperationException("Unknown request type."),
        };
    }

    public static string AddressOf(TableEndpoint endpoint, string table, string partitionKey, string rowKey)
    {
        EntityRules.CheckKey(partitionKey, TableEntity.PartitionKeyName);
        EntityRules.CheckKey(rowKey, TableEntity.RowKeyName);
        return $"{endpoint.Address}{table}(PartitionKey='{Escaped(partitionKey)}',RowKey='{Escaped(rowKey)}')";
    }

    private static string Escaped(string key) => Uri.EscapeDataString(key.Replace("'", "''", StringComparison.Ordinal));

    // The official client sends such an update without If-Match, which inserts what is missing: an update that meant to be one says so here.
    private static string Stated(ETag etag) => etag == default
        ? throw new ArgumentException("An update in a transaction needs the ETag it expects, or ETag.All.", nameof(etag))
        : etag.ToString();
}
