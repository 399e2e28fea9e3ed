using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using EReferrals.Referrals.Organisations;
using EReferrals.Resilience;

namespace EReferrals.Storage.Tables;

/// <summary>
/// The service directory: one row for each service, and index rows, which name candidates and may be out of date. Index rows are written before the
/// service row and removed after it, so that a stop at any point leaves at most a surplus index row. Readers always check the service row.
/// </summary>
public sealed class ServiceTable(StorageClients storage)
{
    private readonly TableClient _reading = storage.ForReading(TableKeys.Services);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Services);

    /// <summary>The service; null when it does not exist.</summary>
    public async Task<StoredService?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(id, TableKeys.Service(id), cancellationToken: cancellationToken);
        return row.HasValue ? StoredOf(row.Value!) : null;
    }

    /// <summary>The created service; null when the id already exists.</summary>
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

    /// <summary>Creates a service that searches do not find, unless the id already exists. Returns the existing or the new service.</summary>
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
            return other?.Service ?? throw new InvalidDataException($"Service {service.Id} exists but cannot be read.", ex);
        }
    }

    /// <summary>The replaced service; null when it has changed since <paramref name="before"/> was read.</summary>
    public async Task<StoredService?> ReplaceAsync(StoredService before, Service service, CancellationToken cancellationToken)
    {
        var outdated = await OutdatedIndexAsync(before.Service, service, cancellationToken);
        await WriteIndexAsync(service, cancellationToken);
        var after = await SaveAsync(before, service, cancellationToken);
        if (after is not null) await RemoveAsync(outdated, cancellationToken);
        return after;
    }

    /// <summary>
    /// Ids of services that may match, in order: those of the provider if given, else of the specialty if given, else all.
    /// </summary>
    /// <param name="after">The last id that the caller has; null at the start.</param>
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

    /// <summary>Whether the provider has any service, or had one until just now.</summary>
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
            // An earlier attempt whose response was lost may have succeeded: the stored service is then the one to save.
            return await FindAsync(service.Id, cancellationToken) is { } now && now.Version == version && now.Holds(service) ? now : null;
        }
    }

    private async Task WriteIndexAsync(Service service, CancellationToken cancellationToken) =>
        await Task.WhenAll(IndexOf(service).Select(partition => _writing.UpsertEntityAsync(
            new TableEntity(partition, TableKeys.ServiceIndex(partition, service.Id)) { ["Id"] = service.Id },
            TableUpdateMode.Replace,
            cancellationToken)));

    // Read before the service changes: a later change that needs the row again gives it a new ETag, so that it is not removed.
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
                // Already removed, or needed again.
            }
            catch (Exception ex) when (Transient.Is(ex, cancellationToken))
            {
                // The service is saved and a surplus index row is harmless. An exception would tell the caller that the save failed.
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

/// <param name="Version">1 for a new service; each change adds one.</param>
/// <param name="Tag">The ETag of the row that was read, for <see cref="ServiceTable.ReplaceAsync"/>.</param>
public sealed record StoredService(Service Service, int Version, string Tag)
{
    /// <summary>Whether all members equal those of another definition.</summary>
    public bool Holds(Service other) => Bytes(Service).AsSpan().SequenceEqual(Bytes(other));

    private static byte[] Bytes(Service service) => JsonSerializer.SerializeToUtf8Bytes(service, ServiceJson.Default.Service);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Service))]
internal sealed partial class ServiceJson : JsonSerializerContext;
