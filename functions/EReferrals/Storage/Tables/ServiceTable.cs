using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using EReferrals.Referrals.Organisations;
using EReferrals.Resilience;

namespace EReferrals.Storage.Tables;

/// <summary>
/// The service directory: one row a service, and index rows that only say "there may be one". Index rows are written before the service
/// and removed after it, so that a stop anywhere leaves at most an index row too many; readers believe the service row alone.
/// </summary>
public sealed class ServiceTable(StorageClients storage)
{
    private readonly TableClient _reading = storage.ForReading(TableKeys.Services);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Services);

    /// <summary>Null when there is none.</summary>
    public async Task<StoredService?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(id, TableKeys.Service(id), cancellationToken: cancellationToken);
        return row.HasValue ? StoredOf(row.Value!) : null;
    }

    /// <summary>Null when a service of this id exists.</summary>
    public async Task<StoredService?> CreateAsync(Service service, CancellationToken cancellationToken)
    {
        await WriteIndexAsync(service, cancellationToken);
        var row = RowOf(service, version: 1);
        try
        {
            var added = await _writing.AddEntityAsync(row, cancellationToken);
            return new StoredService(service, 1, TagOf(added));
        }
        catch (RequestFailedException ex) when (ex.ErrorCode == TableErrorCode.EntityAlreadyExists)
        {
            return null;
        }
    }

    /// <summary>Defines a service that no search finds, unless one of this id is defined. Answers the one that is.</summary>
    public async Task<Service> EnsureUnlistedAsync(Service service, CancellationToken cancellationToken)
    {
        if (await FindAsync(service.Id, cancellationToken) is { } found) return found.Service;
        try
        {
            await _writing.AddEntityAsync(RowOf(service, version: 1), cancellationToken);
            return service;
        }
        catch (RequestFailedException ex) when (ex.ErrorCode == TableErrorCode.EntityAlreadyExists)
        {
            var other = await FindAsync(service.Id, cancellationToken);
            return other?.Service ?? throw new InvalidDataException($"Service {service.Id} exists and cannot be read.", ex);
        }
    }

    /// <summary>Null when it has changed since <paramref name="before"/> was read.</summary>
    public async Task<StoredService?> ReplaceAsync(StoredService before, Service service, CancellationToken cancellationToken)
    {
        var outdated = await OutdatedIndexAsync(before.Service, service, cancellationToken);
        await WriteIndexAsync(service, cancellationToken);
        var after = await SaveAsync(before, service, cancellationToken);
        if (after is not null) await RemoveAsync(outdated, cancellationToken);
        return after;
    }

    /// <summary>
    /// Ids of services that may be of this provider, or of this specialty, or at all, in order; the provider narrows most and is used first.
    /// </summary>
    /// <param name="after">The id that the reader has come to; null at the start.</param>
    public async Task<IReadOnlyList<string>> CandidatesAsync(
        string? provider, string? specialty, string? after, int take, CancellationToken cancellationToken)
    {
        var partition = provider is not null ? TableKeys.ServicesOf(provider)
            : specialty is not null ? TableKeys.ServicesFor(specialty)
            : TableKeys.AllServices;
        var from = TableKeys.ServiceIndex(partition, after);
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition} and RowKey gt {from}");
        var ids = new List<string>();
        var rows = _reading.QueryAsync<TableEntity>(filter, Math.Min(take, 1000), ["RowKey", "Id"], cancellationToken);
        await foreach (var row in rows)
        {
            ids.Add(row.GetString("Id"));
            if (ids.Count == take) break;
        }

        return ids;
    }

    /// <summary>Whether any service is, or just now was, of this provider.</summary>
    public async Task<bool> HasProviderAsync(string provider, CancellationToken cancellationToken) =>
        (await CandidatesAsync(provider, specialty: null, after: null, take: 1, cancellationToken)).Count > 0;

    private async Task<StoredService?> SaveAsync(StoredService before, Service service, CancellationToken cancellationToken)
    {
        var version = before.Version + 1;
        try
        {
            var saved = await _writing.UpdateEntityAsync(RowOf(service, version), new ETag(before.Tag), TableUpdateMode.Replace, cancellationToken);
            return new StoredService(service, version, TagOf(saved));
        }
        catch (RequestFailedException ex) when (ex.Status == 412)
        {
            // The client may have repeated a try that had worked: then what is there is what was to be saved.
            return await FindAsync(service.Id, cancellationToken) is { } now && now.Version == version && now.Holds(service) ? now : null;
        }
    }

    private async Task WriteIndexAsync(Service service, CancellationToken cancellationToken) =>
        await Task.WhenAll(IndexOf(service).Select(partition => _writing.UpsertEntityAsync(
            new TableEntity(partition, TableKeys.ServiceIndex(partition, service.Id)) { ["Id"] = service.Id },
            TableUpdateMode.Replace,
            cancellationToken)));

    // Read before the service changes: a later change that wants the row back gives it a new ETag, and then it is not removed.
    private async Task<IReadOnlyList<TableEntity>> OutdatedIndexAsync(Service before, Service after, CancellationToken cancellationToken)
    {
        var rows = await Task.WhenAll(IndexOf(before).Except(IndexOf(after)).Select(partition =>
            _writing.GetEntityIfExistsAsync<TableEntity>(partition, TableKeys.ServiceIndex(partition, before.Id), cancellationToken: cancellationToken)));
        return [.. rows.Where(row => row.HasValue).Select(row => row.Value!)];
    }

    private async Task RemoveAsync(IReadOnlyList<TableEntity> outdated, CancellationToken cancellationToken)
    {
        foreach (var row in outdated)
        {
            try
            {
                await _writing.DeleteEntityAsync(row.PartitionKey, row.RowKey, row.ETag, cancellationToken);
            }
            catch (RequestFailedException ex) when (ex.Status is 404 or 412)
            {
                // Gone already, or wanted again.
            }
            catch (Exception ex) when (Transient.Is(ex, cancellationToken))
            {
                // The service is saved; an index row too many harms nobody, and an error would tell the caller that it is not.
                return;
            }
        }
    }

    private static IEnumerable<string> IndexOf(Service service) =>
        [TableKeys.AllServices, TableKeys.ServicesOf(service.Provider), TableKeys.ServicesFor(service.Specialty)];

    private static TableEntity RowOf(Service service, int version)
    {
        var row = new TableEntity(service.Id, TableKeys.Service(service.Id)) { ["Version"] = version };
        Packed.Set(row, service, ServiceJson.Default.Service);
        return row;
    }

    private static StoredService StoredOf(TableEntity row) => new(
        Packed.Get(row, ServiceJson.Default.Service),
        row.GetInt32("Version") ?? throw new InvalidDataException($"Row {row.RowKey} of {TableKeys.Services} has no version."),
        row.ETag.ToString());

    private static string TagOf(Response response) => (response.Headers.ETag ?? default).ToString();
}

/// <param name="Version">1 when it was created; each change adds one.</param>
/// <param name="Tag">The store's own tag of the row that was read; the key to <see cref="ServiceTable.ReplaceAsync"/>.</param>
public sealed record StoredService(Service Service, int Version, string Tag)
{
    /// <summary>Whether it says the same as another definition, member for member.</summary>
    public bool Holds(Service other) => Bytes(Service).AsSpan().SequenceEqual(Bytes(other));

    private static byte[] Bytes(Service service) => JsonSerializer.SerializeToUtf8Bytes(service, ServiceJson.Default.Service);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Service))]
internal sealed partial class ServiceJson : JsonSerializerContext;
