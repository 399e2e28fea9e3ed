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
