using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Resilience;

namespace EReferrals.Storage.Tables;

/// <summary>
/// The service directory: one row for each service, one for each of its versions, and index rows, which name candidates and may be out of date. One
/// transaction writes a service together with its new version. Index rows are written before it and removed after it, so that a stop at any point leaves
/// at most a surplus index row. Readers always check the service row.
/// </summary>
public sealed class ServiceTable(StorageClients storage)
{
    private const string VersionColumn = "Version";
    private const string StatusColumn = "Status";
    private const string ApprovedColumn = "Approved";
    private const string ChangeColumn = "Change";
    private const string CommitColumn = "CommitId";

    private readonly TableClient _reading = storage.ForReading(TableKeys.Services);
    private readonly TableClient _writing = storage.ForWriting(TableKeys.Services);

    /// <summary>The service; null when it does not exist.</summary>
    public async Task<StoredService?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(id, TableKeys.Service(id), cancellationToken: cancellationToken);
        return row.HasValue ? StoredOf(row.Value!) : null;
    }

    /// <summary>The versions of a service, oldest first. Empty when the service is older than its history and has not changed since.</summary>
    public async Task<IReadOnlyList<ServiceVersion>> HistoryAsync(string id, CancellationToken cancellationToken)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {id} and RowKey ge {TableKeys.VersionsFrom} and RowKey lt {TableKeys.VersionsTo}");
        var versions = new List<ServiceVersion>();
        await foreach (var row in _reading.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
        {
            versions.Add(new ServiceVersion(VersionOf(row), EntryOf(row)));
        }

        return versions;
    }

    /// <summary>The created service; null when the id already exists.</summary>
    public async Task<StoredService?> CreateAsync(DirectoryEntry entry, CancellationToken cancellationToken)
    {
        await WriteIndexAsync(entry, cancellationToken);
        return await AddAsync(entry, cancellationToken);
    }

    /// <summary>Creates a service that searches do not find, unless the id already exists. Returns the existing or the new service.</summary>
    public async Task<Service> EnsureUnlistedAsync(DirectoryEntry entry, CancellationToken cancellationToken)
    {
        var id = entry.Defined.Id;
        if (await FindAsync(id, cancellationToken) is { } found) return found.Entry.Defined;
        var stored = await AddAsync(entry, cancellationToken) ?? await FindAsync(id, cancellationToken);
        return stored?.Entry.Defined ?? throw new InvalidDataException($"Service {id} exists but cannot be read.");
    }

    /// <summary>The replaced service; null when it has changed since <paramref name="before"/> was read.</summary>
    public async Task<StoredService?> ReplaceAsync(StoredService before, DirectoryEntry entry, CancellationToken cancellationToken)
    {
        var outdated = await OutdatedIndexAsync(before.Entry, entry, cancellationToken);
        await WriteIndexAsync(entry, cancellationToken);
        var after = await SaveAsync(before, entry, cancellationToken);
        if (after is not null) await RemoveAsync(outdated, cancellationToken);
        return after;
    }

    /// <summary>Ids of services that may wait for approval, in order.</summary>
    /// <param name="after">The last id that the caller has; null at the start.</param>
    public Task<IReadOnlyList<string>> PendingAsync(string? after, int take, CancellationToken cancellationToken) =>
        IdsAsync(TableKeys.PendingServices, after, take, cancellationToken);

    /// <summary>
    /// Ids of services that may match, in order: those of the provider if given, else of the specialty if given, else all.
    /// </summary>
    /// <param name="after">The last id that the caller has; null at the start.</param>
    public Task<IReadOnlyList<string>> CandidatesAsync(
        string? provider, string? specialty, string? after, int take, CancellationToken cancellationToken)
    {
        var partition = provider is not null ? TableKeys.ServicesOf(provider)
            : specialty is not null ? TableKeys.ServicesFor(specialty)
            : TableKeys.AllServices;
        return IdsAsync(partition, after, take, cancellationToken);
    }

    /// <summary>Whether the provider has any service, or had one until just now.</summary>
    public async Task<bool> HasProviderAsync(string provider, CancellationToken cancellationToken) =>
        (await CandidatesAsync(provider, specialty: null, after: null, take: 1, cancellationToken)).Count > 0;

    private async Task<IReadOnlyList<string>> IdsAsync(string partition, string? after, int take, CancellationToken cancellationToken)
    {
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

    private async Task<StoredService?> AddAsync(DirectoryEntry entry, CancellationToken cancellationToken)
    {
        const int version = 1;
        var (id, commit) = (entry.Defined.Id, Guid.NewGuid());
        TableTransactionAction[] actions =
        [
            new(TableTransactionActionType.Add, CurrentRow(entry, version)),
            new(TableTransactionActionType.Add, VersionRow(entry, version, commit)),
        ];
        try
        {
            var added = await _writing.SubmitTransactionAsync(actions, cancellationToken);
            return new StoredService(entry, version, TagOf(added.Value[0]));
        }
        catch (RequestFailedException ex) when (ex.Status == 409)
        {
            return await CommittedAsync(id, version, commit, cancellationToken);
        }
    }

    private async Task<StoredService?> SaveAsync(StoredService before, DirectoryEntry entry, CancellationToken cancellationToken)
    {
        var (version, commit) = (before.Version + 1, Guid.NewGuid());
        var actions = new List<TableTransactionAction>
        {
            new(TableTransactionActionType.UpdateReplace, CurrentRow(entry, version), new ETag(before.Tag)),
            new(TableTransactionActionType.Add, VersionRow(entry, version, commit)),
        };
        // The service is older than its history, which then begins with what the service was before its first recorded change.
        if (before.Entry.Change is null)
        {
            actions.Add(new TableTransactionAction(TableTransactionActionType.UpsertReplace, VersionRow(before.Entry, before.Version, commit: null)));
        }

        try
        {
            var saved = await _writing.SubmitTransactionAsync(actions, cancellationToken);
            return new StoredService(entry, version, TagOf(saved.Value[0]));
        }
        catch (RequestFailedException ex) when (ex.Status is 409 or 412)
        {
            return await CommittedAsync(entry.Defined.Id, version, commit, cancellationToken);
        }
    }

    // An earlier attempt whose response was lost may have succeeded. Its version row shows it, even when the service has changed again since.
    private async Task<StoredService?> CommittedAsync(string id, int version, Guid commit, CancellationToken cancellationToken)
    {
        var row = await _reading.GetEntityIfExistsAsync<TableEntity>(id, TableKeys.ServiceVersion(id, version), cancellationToken: cancellationToken);
        if (!row.HasValue || row.Value!.GetGuid(CommitColumn) != commit) return null;
        return await FindAsync(id, cancellationToken) is { } now && now.Version == version ? now : new StoredService(EntryOf(row.Value), version, Tag: "");
    }

    private async Task WriteIndexAsync(DirectoryEntry entry, CancellationToken cancellationToken) =>
        await Task.WhenAll(IndexOf(entry).Select(partition => _writing.UpsertEntityAsync(
            new TableEntity(partition, TableKeys.ServiceIndex(partition, entry.Defined.Id)) { ["Id"] = entry.Defined.Id },
            TableUpdateMode.Replace,
            cancellationToken)));

    // Read before the service changes: a later change that needs the row again gives it a new ETag, so that it is not removed.
    private async Task<IReadOnlyList<TableEntity>> OutdatedIndexAsync(DirectoryEntry before, DirectoryEntry after, CancellationToken cancellationToken)
    {
        var rows = await Task.WhenAll(IndexOf(before).Except(IndexOf(after)).Select(partition =>
            _writing.GetEntityIfExistsAsync<TableEntity>(
                partition, TableKeys.ServiceIndex(partition, before.Defined.Id), cancellationToken: cancellationToken)));
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

    private static IEnumerable<string> IndexOf(DirectoryEntry entry)
    {
        yield return TableKeys.AllServices;
        yield return TableKeys.ServicesOf(entry.Defined.Provider);
        yield return TableKeys.ServicesFor(entry.Defined.Specialty);
        if (entry.Status == ApprovalStatus.Pending) yield return TableKeys.PendingServices;
    }

    private static TableEntity CurrentRow(DirectoryEntry entry, int version) => Fill(
        new TableEntity(entry.Defined.Id, TableKeys.Service(entry.Defined.Id)), entry, version);

    private static TableEntity VersionRow(DirectoryEntry entry, int version, Guid? commit) => Fill(
        new TableEntity(entry.Defined.Id, TableKeys.ServiceVersion(entry.Defined.Id, version)) { [CommitColumn] = commit }, entry, version);

    private static TableEntity Fill(TableEntity row, DirectoryEntry entry, int version)
    {
        row[VersionColumn] = version;
        row[StatusColumn] = Code.From(entry.Status);
        if (entry.Approved is { } approved) row[ApprovedColumn] = JsonSerializer.Serialize(approved, ServiceJson.Default.ServiceIdentity);
        if (entry.Change is { } change) row[ChangeColumn] = JsonSerializer.Serialize(change, ServiceJson.Default.ServiceChange);
        Packed.Set(row, entry.Defined, ServiceJson.Default.Service);
        return row;
    }

    // A row without a status was saved before approvals were needed.
    private static DirectoryEntry EntryOf(TableEntity row)
    {
        var defined = Packed.Get(row, ServiceJson.Default.Service);
        return Code.TryParse<ApprovalStatus>(row.GetString(StatusColumn), out var status)
            ? new DirectoryEntry(
                defined,
                ApprovedOf(row, status, defined),
                status,
                row.GetString(ChangeColumn) is { } change ? JsonSerializer.Deserialize(change, ServiceJson.Default.ServiceChange) : null)
            : DirectoryEntry.WithoutApproval(defined);
    }

    // The identity in a row may have been saved before the site and the instructions were a part of it.
    private static ServiceIdentity? ApprovedOf(TableEntity row, ApprovalStatus status, Service defined) =>
        status == ApprovalStatus.Approved ? ServiceIdentity.Of(defined)
        : row.GetString(ApprovedColumn) is { } approved ? JsonSerializer.Deserialize(approved, ServiceJson.Default.ServiceIdentity)
        : null;

    private static StoredService StoredOf(TableEntity row) => new(EntryOf(row), VersionOf(row), row.ETag.ToString());

    private static int VersionOf(TableEntity row) =>
        row.GetInt32(VersionColumn) ?? throw new InvalidDataException($"Row {row.RowKey} of {TableKeys.Services} has no version.");

    /// <summary>Whether all members of two services are equal.</summary>
    internal static bool AreEqual(Service one, Service other) => Bytes(one).AsSpan().SequenceEqual(Bytes(other));

    private static byte[] Bytes(Service service) => JsonSerializer.SerializeToUtf8Bytes(service, ServiceJson.Default.Service);

    private static string TagOf(Response response) => (response.Headers.ETag ?? default).ToString();
}

/// <param name="Version">1 for a new service; each change adds one.</param>
/// <param name="Tag">The ETag of the row that was read, for <see cref="ServiceTable.ReplaceAsync"/>.</param>
public sealed record StoredService(DirectoryEntry Entry, int Version, string Tag)
{
    public ServiceVersion Current => new(Version, Entry);

    /// <summary>Whether all members equal those of another definition.</summary>
    public bool Holds(Service other) => ServiceTable.AreEqual(Entry.Defined, other);
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(InstantConverter)])]
[JsonSerializable(typeof(Service))]
[JsonSerializable(typeof(ServiceIdentity))]
[JsonSerializable(typeof(ServiceChange))]
internal sealed partial class ServiceJson : JsonSerializerContext;
