using Azure.Core;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using EReferrals.Storage.Tables;
using EReferrals.Telemetry;

namespace EReferrals.Storage;

/// <summary>The clients of the storage accounts. Every attempt has a time limit, and the clients retry little: callers decide on further retries.</summary>
public sealed class StorageClients(Settings settings, TokenCredential credential, ServiceTelemetry telemetry)
{
    private readonly TableServiceClient _reading =
        Tables(settings.Records, credential, TimeSpan.FromSeconds(2), retries: 1, new CallCounter(telemetry, "tables"));

    private readonly TableServiceClient _writing =
        Tables(settings.Records, credential, TimeSpan.FromSeconds(10), retries: 2, new CallCounter(telemetry, "tables"));

    private readonly BlobServiceClient _records = Blobs(settings.Records, credential, new CallCounter(telemetry, "records-blobs"));
    private readonly BlobServiceClient _contingency = Blobs(settings.Contingency, credential, new CallCounter(telemetry, "contingency-blobs"));

    private readonly BlobServiceClient _audit = Blobs(settings.Audit, credential, new CallCounter(telemetry, "audit-blobs"));
    private readonly BlobServiceClient _auditReserve = Blobs(settings.AuditReserve, credential, new CallCounter(telemetry, "audit-reserve-blobs"));

    /// <summary>A client whose attempts time out after 2 seconds.</summary>
    public TableClient ForReading(string table) => _reading.GetTableClient(table);

    /// <summary>A client whose attempts time out after 10 seconds.</summary>
    public TableClient ForWriting(string table) => _writing.GetTableClient(table);

    public BlobContainerClient RecordsContainer(string name) => _records.GetBlobContainerClient(name);

    public BlobContainerClient ContingencyContainer(string name) => _contingency.GetBlobContainerClient(name);

    /// <summary>The primary container of the audit trail.</summary>
    public BlobContainerClient AuditContainer() => _audit.GetBlobContainerClient(Containers.Audit);

    /// <summary>The container of the audit trail while the primary is down.</summary>
    public BlobContainerClient AuditReserveContainer() => _auditReserve.GetBlobContainerClient(Containers.Audit);

    /// <summary>A key that signs links to blobs of the contingency account. The identity has the role Storage Blob Delegator there.</summary>
    public async Task<UserDelegationKey> ContingencyDelegationKeyAsync(DateTimeOffset expires, CancellationToken cancellationToken) =>
        await _contingency.GetUserDelegationKeyAsync(startsOn: null, expires, cancellationToken);

    private static TableServiceClient Tables(StorageAccount account, TokenCredential credential, TimeSpan limit, int retries, CallCounter counter)
    {
        var options = new TableClientOptions();
        Bound(options, limit, retries, counter);
        options.AddPolicy(new MissingTable(), HttpPipelinePosition.PerCall);
        return account.ConnectionString is { } connection
            ? new TableServiceClient(connection, options)
            : new TableServiceClient(account.TableEndpoint!, credential, options);
    }

    // Ten seconds suffice for the largest blob, an attachment of 5 MB, at 4 Mbit/s.
    private static BlobServiceClient Blobs(StorageAccount account, TokenCredential credential, CallCounter counter)
    {
        var options = new BlobClientOptions();
        Bound(options, TimeSpan.FromSeconds(10), retries: 1, counter);
        return account.ConnectionString is { } connection
            ? new BlobServiceClient(connection, options)
            : new BlobServiceClient(account.BlobEndpoint!, credential, options);
    }

    private static void Bound(ClientOptions options, TimeSpan limit, int retries, CallCounter counter)
    {
        var retry = options.Retry;
        retry.Mode = RetryMode.Exponential;
        retry.Delay = TimeSpan.FromMilliseconds(50);
        retry.MaxDelay = TimeSpan.FromSeconds(1);
        retry.MaxRetries = retries;
        retry.NetworkTimeout = limit;
        options.AddPolicy(counter, HttpPipelinePosition.PerRetry);
    }
}
