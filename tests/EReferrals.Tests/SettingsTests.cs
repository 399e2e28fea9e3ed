using Microsoft.Extensions.Configuration;

namespace EReferrals.Tests;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("@Microsoft.KeyVault(SecretUri=https://kv-duty.vault.azure.net/secrets/monitoring-key)", null)]
    [InlineData("@microsoft.keyvault(VaultName=kv-duty;SecretName=monitoring-key)", null)]
    [InlineData("a key", "a key")]
    public void A_key_vault_reference_that_the_platform_could_not_resolve_is_no_key(string given, string? key) =>
        Assert.Equal(key, Read(given).MonitoringKey);

    [Fact]
    public void Without_an_emulator_the_settings_must_name_the_organisations_of_the_operators()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Records:TableEndpoint"] = "https://records.invalid",
            ["Records:BlobEndpoint"] = "https://records.invalid",
            ["Contingency:BlobEndpoint"] = "https://contingency.invalid",
            ["ServiceBusConnection:fullyQualifiedNamespace"] = "bus.invalid",
            ["Security:Issuer"] = "https://issuer.invalid",
            ["Security:Audience"] = "audience",
        };
        Settings From() => Settings.From(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());

        Assert.Contains("Operations__Organisations", Assert.Throws<InvalidOperationException>(From).Message, StringComparison.Ordinal);
        settings["Operations:Organisations"] = "X26, R69";
        Assert.Equal(["R69", "X26"], From().OperatorOrganisations.Order());
        Assert.Equal(["R69"], Read("a key").OperatorOrganisations);
    }

    private static Settings Read(string monitoringKey) => Settings.From(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["Records:ConnectionString"] = "records",
        ["Contingency:ConnectionString"] = "contingency",
        ["ServiceBusConnection"] = "bus",
        ["Security:Issuer"] = "https://issuer.invalid",
        ["Security:Audience"] = "audience",
        ["Status:MonitoringKey"] = monitoringKey,
    }).Build());
}
