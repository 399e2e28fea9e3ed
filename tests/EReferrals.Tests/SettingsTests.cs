using EReferrals.Referrals.Organisations;
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
        var settings = DeployedSettings();
        Settings From() => Settings.From(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());

        Assert.Contains("Operations__Organisations", Assert.Throws<InvalidOperationException>(From).Message, StringComparison.Ordinal);
        settings["Operations:Organisations"] = "X26, R69";
        Assert.Equal(["R69", "X26"], From().OperatorOrganisations.Order());
        Assert.False(From().Trusts("R69"));
        Assert.Equal(["R69"], Read("a key").OperatorOrganisations);
    }

    [Fact]
    public void In_Azure_no_role_gets_links_to_packs_unless_the_settings_name_it_and_only_readers_of_packs_can_be_named()
    {
        var settings = DeployedSettings();
        settings["Operations:Organisations"] = "X26";
        Settings From() => Settings.From(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());

        Assert.Empty(From().LinkRoles);
        settings["Contingency:LinkRoles"] = "SERVICE_PROVIDER_CLINICIAN";
        Assert.Equal([Role.ServiceProviderClinician], From().LinkRoles);
        settings["Contingency:LinkRoles"] = "SERVICE_PROVIDER_CLINICIAN,REFERRING_ADMIN";
        Assert.Contains("Contingency__LinkRoles may name", Assert.Throws<InvalidOperationException>(From).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("7e6f5d4c-3b2a-4190-8877-665544332211", "7e6f5d4c-3b2a-4190-8877-665544332211")]
    public void The_log_of_reads_is_in_the_workspace_that_the_settings_name_or_nowhere(string? setting, string? workspace) =>
        Assert.Equal(workspace, Read("a key", ("Contingency:ReadLogWorkspace", setting)).ReadLogWorkspace?.ToString());

    [Fact]
    public void A_workspace_that_is_no_id_stops_the_start() => Assert.Contains(
        "Contingency__ReadLogWorkspace",
        Assert.Throws<InvalidOperationException>(() => Read("a key", ("Contingency:ReadLogWorkspace", "log-production"))).Message, StringComparison.Ordinal);

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

    [Theory]
    [InlineData("")]
    [InlineData("@Microsoft.KeyVault(VaultName=kv-duty;SecretName=digest-keys)")]
    [InlineData("2026-11-28:c2hvcnQ=")]
    public void The_service_starts_without_keys_of_the_audit_trail_when_they_are_missing_or_unreadable(string keys) =>
        Assert.Null(Read("a key", ("Audit:DigestKeys", keys)).DigestKeys);

    [Fact]
    public void Keys_of_the_audit_trail_are_read_newest_first() => Assert.Equal(
        ["2026-11-28", "2026-05-28"],
        Read("a key", ("Audit:DigestKeys", $"{CursorKey}, 2026-05-28:{Secret}")).DigestKeys!.Select(key => key.Id));

    [Fact]
    public void Keys_of_cursors_are_read_newest_first() =>
        Assert.Equal(["2026-11-28", "2026-05-28"], Read("a key", $"{CursorKey}, 2026-05-28:{Secret}").CursorKeys!.Select(key => key.Id));

    [Fact]
    public void Without_an_emulator_a_second_operator_is_required()
    {
        var deployed = DeployedSettings();
        deployed["Operations:Organisations"] = "X26";
        Settings From() => Settings.From(new ConfigurationBuilder().AddInMemoryCollection(deployed).Build());

        Assert.True(From().SecondOperatorRequired);
        Assert.False(Read("a key").SecondOperatorRequired);
        Assert.True(Read("a key", ("Operations:SecondOperator", "required")).SecondOperatorRequired);
        deployed["Operations:SecondOperator"] = "no";
        Assert.Contains("Operations__SecondOperator", Assert.Throws<InvalidOperationException>(From).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mailto:security@example.org", "2027-06-30T00:00:00Z", true)]
    [InlineData("", "", true)]
    [InlineData("mailto:security@example.org", null, false)]
    [InlineData("security", "2027-06-30T00:00:00Z", false)]
    [InlineData("mailto:security@example.org", "soon", false)]
    public void A_security_contact_is_an_address_with_an_end_or_is_left_out(string? contact, string? expires, bool isValid)
    {
        void Start() => Read("a key", ("Security:Contact", contact), ("Security:ContactExpires", expires));

        if (isValid) Start();
        else Assert.Contains("Security__ContactExpires", Assert.Throws<InvalidOperationException>(Start).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "R69", true)]
    [InlineData("", "R69", false)]
    [InlineData("*", "R69", true)]
    [InlineData("RCD, R69", "R69", true)]
    [InlineData("RCD", "R69", false)]
    public void With_an_emulator_the_services_of_every_organisation_need_no_approval_unless_the_settings_say_otherwise(
        string? setting, string organisation, bool isTrusted) =>
        Assert.Equal(isTrusted, Read("a key", ("Directory:TrustedOrganisations", setting)).Trusts(organisation));

    private static Settings Read(string monitoringKey, string cursorKeys) => Read(monitoringKey, ("Cursors:Keys", cursorKeys));

    private static Settings Read(string monitoringKey, params (string Name, string? Value)[] further) => Settings.From(
        new ConfigurationBuilder().AddInMemoryCollection(LocalSettings(monitoringKey)).AddInMemoryCollection(
            further.ToDictionary(setting => setting.Name, setting => setting.Value)).Build());

    private static Dictionary<string, string?> DeployedSettings() => new()
    {
        ["Records:TableEndpoint"] = "https://records.invalid",
        ["Records:BlobEndpoint"] = "https://records.invalid",
        ["Contingency:BlobEndpoint"] = "https://contingency.invalid",
        ["ServiceBusConnection:fullyQualifiedNamespace"] = "bus.invalid",
        ["Security:Issuer"] = "https://issuer.invalid",
        ["Security:Audience"] = "audience",
    };

    private static Dictionary<string, string?> LocalSettings(string monitoringKey) => new()
    {
        ["Records:ConnectionString"] = "records",
        ["Contingency:ConnectionString"] = "contingency",
        ["ServiceBusConnection"] = "bus",
        ["Security:Issuer"] = "https://issuer.invalid",
        ["Security:Audience"] = "audience",
        ["Status:MonitoringKey"] = monitoringKey,
        ["Cursors:Keys"] = CursorKey,
    };
}
