using Azure.Identity;
using EReferrals.Storage;
using EReferrals.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace EReferrals.Tests.Storage;

public sealed class StoreStartupTests
{
    // Nothing listens at this address: a storage call fails, and a start that makes one does not complete.
    private const string Nowhere = "https://127.0.0.1:9/account";

    private const string EmulatorNowhere =
        "DefaultEndpointsProtocol=http;AccountName=account;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:9/account;TableEndpoint=http://127.0.0.1:9/account";

    private static readonly Settings InAzure = Settings.From(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["Records:TableEndpoint"] = Nowhere,
        ["Records:BlobEndpoint"] = Nowhere,
        ["Contingency:BlobEndpoint"] = Nowhere,
        ["ServiceBusConnection:fullyQualifiedNamespace"] = "bus.invalid",
        ["Security:Issuer"] = "https://issuer.invalid",
        ["Security:Audience"] = "audience",
        ["Operations:Organisations"] = "R69",
    }).Build());

    [Fact]
    public async Task The_start_makes_no_storage_calls_when_accounts_use_the_managed_identity() => Assert.True(await IsDoneAsync(InAzure));

    [Fact]
    public async Task The_start_waits_for_an_emulator_to_create_its_tables_and_containers()
    {
        var emulator = new StorageAccount(EmulatorNowhere, null, null);

        Assert.False(await IsDoneAsync(InAzure with { Records = emulator, Contingency = emulator }));
    }

    private static async Task<bool> IsDoneAsync(Settings settings)
    {
        using var telemetry = new ServiceTelemetry();
        var storage = new StorageClients(settings, new AzureCliCredential(), telemetry);
        using var startup = new StoreStartup(storage, settings, TimeProvider.System, NullLogger<StoreStartup>.Instance);
        await startup.StartAsync(CancellationToken.None);
        await startup.StopAsync(CancellationToken.None);
        return startup.IsDone;
    }
}
