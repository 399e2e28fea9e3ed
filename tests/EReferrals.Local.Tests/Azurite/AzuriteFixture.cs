using Azure.Data.Tables;
using EReferrals.Local.Azurite;

namespace EReferrals.Local.Tests.Azurite;

/// <summary>One pair of storage emulators for all test classes that only need storage.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private readonly string _stateFolder = Directory.CreateTempSubdirectory("ereferrals-tables-").FullName;
    private AzuriteSupervisor? _supervisor;
    private int _tables;

    public AzuriteSupervisor Supervisor => _supervisor ?? throw new InvalidOperationException("The emulators have not been started.");

    public async Task InitializeAsync() => _supervisor = await AzuriteSupervisor.StartAsync(_stateFolder);

    public async Task DisposeAsync()
    {
        if (_supervisor is not null) await _supervisor.DisposeAsync();
        Directory.Delete(_stateFolder, recursive: true);
    }

    public async Task<TableClient> NewTableAsync(TableClientOptions? options = null)
    {
        var table = new TableServiceClient(Supervisor.Records.ConnectionString, options).GetTableClient($"Table{Interlocked.Increment(ref _tables)}");
        await table.CreateIfNotExistsAsync();
        return table;
    }
}

[CollectionDefinition(Name)]
#pragma warning disable CA1711 // xunit's own word
public sealed class AzuriteCollection : ICollectionFixture<AzuriteFixture>
#pragma warning restore CA1711
{
    public const string Name = "Azurite";
}
