using Microsoft.Extensions.Configuration;

namespace EReferrals.Tests;

public sealed class SettingsTests
{
    private const string Secret = "bG9jYWwgd29yayBhbmQgdGVzdHMgb25seSwgbm8gc2VjcmV0";
    private const string CursorKey = "2026-11-28:" + Secret;

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

    [Theory]
    [InlineData("")]
    [InlineData("key")]
    [InlineData("2026-11-28:c2hvcnQ=")]
    [InlineData("28/11/2026:" + Secret)]
    [InlineData("2026-05-28:" + Secret + ",2026-11-28:" + Secret)]
    [InlineData("2026-11-28:" + Secret + ",2026-11-28:" + Secret)]
    [InlineData("2026-11-28:" + Secret + ",key")]
    [InlineData("@Microsoft.KeyVault(VaultName=kv-duty;SecretName=cursor-keys)")]
    public void The_service_starts_without_keys_of_cursors_when_they_are_missing_short_unreadable_or_not_newest_first(string keys) =>
        Assert.Null(Read("a key", keys).CursorKeys);

    [Fact]
    public void Keys_of_cursors_are_read_newest_first() =>
        Assert.Equal(["2026-11-28", "2026-05-28"], Read("a key", $"{CursorKey}, 2026-05-28:{Secret}").CursorKeys!.Select(key => key.Id));

    private static Settings Read(string monitoringKey, string cursorKeys = CursorKey)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Records:ConnectionString"] = "records",
            ["Contingency:ConnectionString"] = "contingency",
            ["ServiceBusConnection"] = "bus",
            ["Security:Issuer"] = "https://issuer.invalid",
            ["Security:Audience"] = "audience",
            ["Status:MonitoringKey"] = monitoringKey,
            ["Cursors:Keys"] = cursorKeys,
        };
        return Settings.From(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
    }
}
