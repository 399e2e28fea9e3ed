#nullable disable
#pragma warning disable CA1716 // the official parameter name is "select"

using System.Text.Json;
using Azure.Core;
using Azure.Data.Tables.Models;

namespace Azure.Data.Tables;

public class TableClient
{
    private readonly TableEndpoint _endpoint;

    protected TableClient()
    {
    }

    public TableClient(string connectionString, string tableName)
        : this(connectionString, tableName, null)
    {
    }

    public TableClient(string connectionString, string tableName, TableClientOptions options = null)
        : this(TableEndpoint.From(connectionString, options), tableName)
    {
    }

    public TableClient(Uri endpoint, string tableName, TableSharedKeyCredential credential)
        : this(endpoint, tableName, credential, null)
    {
    }

    public TableClient(Uri endpoint, string tableName, TableSharedKeyCredential credential, TableClientOptions options = null)
        : this(TableEndpoint.From(endpoint, credential, options), tableName)
    {
    }

    public TableClient(Uri endpoint, string tableName, TokenCredential tokenCredential, TableClientOptions options = null)
        : this(TableEndpoint.From(endpoint, tokenCredential, options), tableName)
    {
    }

    internal TableClient(TableEndpoint endpoint, string tableName)
    {
        ArgumentException.ThrowIfNullOrEmpty(tableName);
        _endpoint = endpoint;
        Name = tableName;
        Uri = new Uri(endpoint.Address + tableName);
    }

    public virtual string Name { get; }

    public virtual string AccountName => _endpoint.AccountName;

    public virtual Uri Uri { get; }

    public static string CreateQueryFilter(FormattableString filter) => ODataFilter.Create(filter);

    public virtual async Task<Response<TableItem>> CreateAsync(CancellationToken cancellationToken = default)
    {
        var response = await CreateAsync(Statuses.Created, cancellationToken).ConfigureAwait(false);
        return Response.FromValue(new TableItem(Name), response);
    }

    public virtual async Task<Response<TableItem>> CreateIfNotExistsAsync(CancellationToken cancellationToken = default)
    {
        var response = await CreateAsync(Statuses.CreatedOrConflict, cancellationToken).ConfigureAwait(false);
        // A table that is still being deleted is also a conflict, and is not there.
        if (response.Status == 409 && new RequestFailedException(response) is var conflict && conflict.ErrorCode != TableErrorCode.TableAlreadyExists)
        {
            throw conflict;
        }

        return Response.FromValue(new TableItem(Name), response);
    }

    public virtual async Task<Response> DeleteAsync(CancellationToken cancellationToken = default) => await _endpoint.SendAsync(
        RequestMethod.Delete, $"{_endpoint.Address}Tables('{Name}')", Statuses.NoContentOrMissing, default, cancellationToken).ConfigureAwait(false);

    public virtual async Task<Response> AddEntityAsync<T>(T entity, CancellationToken cancellationToken = default)
        where T : ITableEntity
    {
        CheckKeys(entity);
        return await SendAsync(EntityChange.Add(_endpoint, Name, entity), Statuses.Created, cancellationToken).ConfigureAwait(false);
    }

    public virtual async Task<Response<T>> GetEntityAsync<T>(
        string partitionKey, string rowKey, IEnumerable<string> select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity
    {
        var names = Names(select);
        var response = await GetAsync(partitionKey, rowKey, names, Statuses.Ok, cancellationToken).ConfigureAwait(false);
        return Response.FromValue(Read<T>(response, names), response);
    }

    public virtual async Task<NullableResponse<T>> GetEntityIfExistsAsync<T>(
        string partitionKey, string rowKey, IEnumerable<string> select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity
    {
        var names = Names(select);
        var response = await GetAsync(partitionKey, rowKey, names, Statuses.OkOrMissing, cancellationToken).ConfigureAwait(false);
        return response.Status == 404 ? new MissingEntity<T>(response) : Response.FromValue(Read<T>(response, names), response);
    }

    public virtual async Task<Response> UpdateEntityAsync<T>(
        T entity, ETag ifMatch, TableUpdateMode mode = TableUpdateMode.Merge, CancellationToken cancellationToken = default)
        where T : ITableEntity
    {
        CheckKeys(entity);
        if (ifMatch == default) throw new ArgumentException("Value cannot be empty; ETag.All updates whatever is there.", nameof(ifMatch));
        var change = EntityChange.Put(_endpoint, Name, entity, mode, ifMatch.ToString());
        return await SendAsync(change, Statuses.NoContent, cancellationToken).ConfigureAwait(false);
    }

    public virtual async Task<Response> UpsertEntityAsync<T>(
        T entity, TableUpdateMode mode = TableUpdateMode.Merge, CancellationToken cancellationToken = default)
        where T : ITableEntity
    {
        CheckKeys(entity);
        return await SendAsync(EntityChange.Put(_endpoint, Name, entity, mode, null), Statuses.NoContent, cancellationToken).ConfigureAwait(false);
    }

    public virtual async Task<Response> DeleteEntityAsync(
        string partitionKey, string rowKey, ETag ifMatch = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(partitionKey);
        ArgumentNullException.ThrowIfNull(rowKey);
        var change = EntityChange.Delete(_endpoint, Name, partitionKey, rowKey, ifMatch);
        return await SendAsync(change, Statuses.NoContentOrMissing, cancellationToken).ConfigureAwait(false);
    }

    public virtual Task<Response> DeleteEntityAsync(
        ITableEntity entity, ETag ifMatch = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entity);
        return DeleteEntityAsync(entity.PartitionKey, entity.RowKey, ifMatch, cancellationToken);
    }

    public virtual AsyncPageable<T> QueryAsync<T>(
        string filter = null, int? maxPerPage = null, IEnumerable<string> select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity =>
        new EntityPageable<T>(_endpoint, Name, filter, maxPerPage, Names(select), cancellationToken);

    public virtual async Task<Response<IReadOnlyList<Response>>> SubmitTransactionAsync(
        IEnumerable<TableTransactionAction> transactionActions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transactionActions);
        var actions = transactionActions.ToList();
        var (contentType, content) = EntityTransaction.Write(_endpoint, Name, actions);
        var body = new TableEndpoint.RequestBody(content, contentType);
        var response = await _endpoint.SendAsync(RequestMethod.Post, _endpoint.Address + "$batch", Statuses.Accepted, body, cancellationToken)
            .ConfigureAwait(false);
        return Response.FromValue(EntityTransaction.Read(response, actions.Count), response);
    }

    private static void CheckKeys(ITableEntity entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        ArgumentNullException.ThrowIfNull(entity.PartitionKey, "entity.PartitionKey");
        ArgumentNullException.ThrowIfNull(entity.RowKey, "entity.RowKey");
    }

    private static string[] Names(IEnumerable<string> select) => select?.ToArray() is { Length: > 0 } names ? names : null;

    private static T Read<T>(Response response, string[] select)
        where T : class, ITableEntity =>
        EntityShape.Bind<T>(EntityJson.Read(response.Content.ToMemory().Span, select));

    private ValueTask<Response> CreateAsync(StatusCodeClassifier expected, CancellationToken cancellationToken)
    {
        EntityRules.CheckTableName(Name);
        var body = new TableEndpoint.RequestBody(JsonSerializer.SerializeToUtf8Bytes(new { TableName = Name }), ReturnNoContent: true);
        return _endpoint.SendAsync(RequestMethod.Post, _endpoint.Address + "Tables", expected, body, cancellationToken);
    }

    private ValueTask<Response> GetAsync(
        string partitionKey, string rowKey, string[] select, StatusCodeClassifier expected, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(partitionKey);
        ArgumentNullException.ThrowIfNull(rowKey);
        var address = EntityChange.AddressOf(_endpoint, Name, partitionKey, rowKey);
        if (select != null) address += "?$select=" + System.Uri.EscapeDataString(string.Join(',', select));
        return _endpoint.SendAsync(RequestMethod.Get, address, expected, default, cancellationToken);
    }

    private ValueTask<Response> SendAsync(EntityChange change, StatusCodeClassifier expected, CancellationToken cancellationToken)
    {
        var body = new TableEndpoint.RequestBody(change.Json, IfMatch: change.IfMatch, ReturnNoContent: change.ReturnNoContent);
        return _endpoint.SendAsync(change.Method, change.Address, expected, body, cancellationToken);
    }
}
