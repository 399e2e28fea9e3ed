namespace EReferrals.Tests.Policy;

/// <summary>Every supported way to deploy the templates, and the combinations that cannot work.</summary>
public sealed class ParameterSetTests
{
    private const string Account = "Microsoft.Storage/storageAccounts";

    public static TheoryData<string> Ways =>
    [
        "test", "production", "a private network for tests", "the pair", "a monitoring key without a vault",
        "everything", "nothing that can be left out",
    ];

    [BicepTheory]
    [MemberData(nameof(Ways))]
    public void Every_supported_parameter_set_evaluates_without_a_warning_and_complies_with_the_policy(string way) =>
        Assert.Empty(InfrastructureRules.Findings(Deployed(way)));

    private static Deployment Deployed(string way) => way switch
    {
        "test" => Deployment.Test,
        "production" => Deployment.Production,
        "a private network for tests" => Deployment.From("stage = 'test'", "privateNetwork = true", "serviceBusSku = 'Premium'"),
        "the pair" => Deployment.Pair,
        "a monitoring key without a vault" => Deployment.From("stage = 'test'", "monitoringKey = 'key'"),
        "everything" => Deployment.Everything,
        _ => Deployment.Bare,
    };

    [BicepFact]
    public void Parameters_that_do_not_fit_the_chosen_Service_Bus_or_instances_are_rejected_before_deployment()
    {
        var refused = Assert.Throws<InvalidOperationException>(
            () => Deployment.From("stage = 'test'", "privateNetwork = true", "serviceBusUnits = 2", "alwaysReadyHttp = 50"));

        Assert.All(
            [
                "privateNetwork needs serviceBusSku Premium", "serviceBusUnits above 1 needs serviceBusSku Premium",
                "alwaysReadyHttp is more than maximumInstances"
            ],
            sentence => Assert.Contains(sentence, refused.Message, StringComparison.Ordinal));
    }

    [BicepFact]
    public void Production_does_not_trust_the_services_of_every_organisation()
    {
        var refused = Assert.Throws<InvalidOperationException>(() => Deployment.From("stage = 'production'", "trustedOrganisations = '*'"));

        Assert.Contains("trustedOrganisations must not be *", refused.Message, StringComparison.Ordinal);
    }

    [BicepFact]
    public void Production_requires_a_second_operator()
    {
        var refused = Assert.Throws<InvalidOperationException>(() => Deployment.From("stage = 'production'", "secondOperator = 'off'"));

        Assert.Contains("secondOperator must be required", refused.Message, StringComparison.Ordinal);
    }

    [BicepFact]
    public void Private_network_parameters_are_rejected_without_a_private_network()
    {
        var refused = Assert.Throws<InvalidOperationException>(
            () =>
                Deployment.From(
                    "stage = 'test'", "natGatewayId = '/subscriptions/x'", "packReaderAddresses = '203.0.113.0/24'", "breakGlassAddresses = '192.0.2.1'"));

        Assert.All(
            ["natGatewayId", "packReaderAddresses", "breakGlassAddresses"],
            name => Assert.Contains($"{name} needs privateNetwork", refused.Message, StringComparison.Ordinal));
    }

    [BicepFact]
    public void The_app_refers_to_the_monitoring_key_in_a_vault_and_may_read_that_secret_only()
    {
        var role = Deployment.Everything.Every("Microsoft.Authorization/roleAssignments").Single(role => role.Scope == Deployment.KeySecret);
        var app = Deployment.Everything.Every("Microsoft.Web/sites").Single();

        Assert.EndsWith("4633458b-17de-408a-b874-0445c86b69e6", role["properties.roleDefinitionId"], StringComparison.Ordinal);
        Assert.Contains("userAssignedIdentities", app["properties.keyVaultReferenceIdentity"], StringComparison.Ordinal);
        Assert.Contains(
            "@Microsoft.KeyVault(VaultName=kv-duty;SecretName=monitoring-key)",
            Deployment.Everything.Every("Microsoft.Web/sites/config").Single()["properties"],
            StringComparison.Ordinal);
    }

    [BicepFact]
    public void The_app_refers_to_its_keys_in_a_vault_and_may_read_the_secrets_of_its_settings_only()
    {
        var roles = Deployment.Everything.Every("Microsoft.Authorization/roleAssignments").Where(role => role.ScopeType == "Microsoft.KeyVault/vaults/secrets");

        Assert.Equal(
            new[] { Deployment.CursorSecret, Deployment.DigestSecret, Deployment.KeySecret }.Order(), roles.Select(role => role.Scope).Order());
        Assert.All(["cursor-keys", "digest-keys"], secret => Assert.Contains(
            $"@Microsoft.KeyVault(VaultName=kv-other;SecretName={secret})",
            Deployment.Everything.Every("Microsoft.Web/sites/config").Single()["properties"],
            StringComparison.Ordinal));
    }

    [BicepTheory]
    [InlineData("cursorKeysInVault")]
    [InlineData("digestKeysInVault")]
    public void Production_without_keys_in_a_vault_is_not_deployed(string parameter)
    {
        var refused = Assert.Throws<InvalidOperationException>(() => Deployment.From("stage = 'production'", $"{parameter} = ''"));

        Assert.Contains($"Set {parameter}", refused.Message, StringComparison.Ordinal);
    }

    [BicepFact]
    public void Production_without_addresses_of_pack_readers_is_not_deployed()
    {
        var refused = Assert.Throws<InvalidOperationException>(() => Deployment.From("stage = 'production'"));

        Assert.Contains("Set packReaderAddresses", refused.Message, StringComparison.Ordinal);
    }

    [BicepFact]
    public void Without_a_vault_no_resource_refers_to_one() => Assert.DoesNotContain(
        Deployment.From("stage = 'test'", "cursorKeysInVault = ''", "digestKeysInVault = ''").Resources,
        resource => resource.Text.Contains("Microsoft.KeyVault", StringComparison.Ordinal));

    // Azure looks for the resource group of a module also when its condition is false.
    [BicepFact]
    public void Without_a_vault_every_module_has_the_resource_group_of_the_deployment() =>
        Assert.Contains("'group', format('rg-{0}', parameters('environmentName')), 'vault', 'none'", CompiledTemplate.Main.Text, StringComparison.Ordinal);

    [BicepTheory]
    [InlineData("monitoringKeyInVault")]
    [InlineData("cursorKeysInVault")]
    [InlineData("digestKeysInVault")]
    public void The_secret_of_a_setting_must_be_a_resource_id(string parameter)
    {
        var refused = Assert.Throws<InvalidOperationException>(
            () => Deployment.From("stage = 'test'", $"{parameter} = 'https://kv-duty.vault.azure.net/secrets/name'"));

        Assert.Contains($"{parameter} must be a resource id", refused.Message, StringComparison.Ordinal);
    }

    [BicepTheory]
    [InlineData("packReaderAddresses = '203.0.113.0/24, 203.0.113.7/32'", "no address range of /31 or /32")]
    [InlineData("breakGlassAddresses = '198.51.100.7, 192.0.2.0/31'", "no address range of /31 or /32")]
    [InlineData("malwareScanningCapGB = 0", "malwareScanningCapGB 0 would scan nothing")]
    public void A_value_that_Azure_would_refuse_or_ignore_is_rejected_before_deployment(string parameter, string sentence)
    {
        var refused = Assert.Throws<InvalidOperationException>(() => Deployment.From("stage = 'production'", parameter));

        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
    }

    [BicepTheory]
    [InlineData("packReaderAddresses")]
    [InlineData("breakGlassAddresses")]
    public void Addresses_that_are_the_internet_or_that_no_storage_account_takes_are_not_deployed(string parameter)
    {
        const string Malformed =
            "0.0.0.0-255.255.255.255, 203.0.113.0/33, 203.0.113.256, 203.0.113/24, 203.0.113.0/24/8, hospital.example.invalid, 2001:db8::/32, *, ";
        const string Wide = "0.0.0.0/0, 0.0.0.0/1, 128.0.0.0/1, 16.0.0.0/7";
        const string Reserved =
            "0.0.0.0, 10.1.2.3, 172.20.0.0/16, 172.0.0.0/8, 192.168.7.0/24, 192.128.0.0/9, 127.0.0.1, 169.254.1.0/24, 100.100.0.0/16, 240.0.0.0/8";
        var readers = parameter == "packReaderAddresses" ? [] : new[] { Deployment.Readers };

        var refused = Assert.Throws<InvalidOperationException>(
            () => Deployment.From(["stage = 'production'", $"{parameter} = '203.0.113.0/24, {Wide}, {Reserved}, {Malformed}'", .. readers]));

        Assert.Contains($"These are not: {Malformed}.", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"A range wider than /8 is none: {Wide}.", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"These are not public: 0.0.0.0/0, 0.0.0.0/1, 128.0.0.0/1, {Reserved}.", refused.Message, StringComparison.Ordinal);
    }

    [BicepFact]
    public void The_whole_internet_alone_is_not_deployed()
    {
        var refused = Assert.Throws<InvalidOperationException>(() => Deployment.From("stage = 'production'", "packReaderAddresses = '0.0.0.0/0'"));

        Assert.Contains("A range wider than /8 is none: 0.0.0.0/0.", refused.Message, StringComparison.Ordinal);
    }

    [BicepFact]
    public void Public_addresses_and_ranges_of_readers_are_deployed()
    {
        string[] addresses = ["203.0.113.0/24", "198.51.100.7", "25.0.0.0/8", "172.32.0.0/16", "192.167.255.0/24", "11.0.0.0/30", "223.255.255.255"];
        var deployed = Deployment.From("stage = 'production'", $"packReaderAddresses = '{string.Join(", ", addresses)}'");
        var contingency = deployed.Every(Account).Single(account => account["tags.holds"] == "contingency");

        Assert.Equal(addresses, contingency.List("properties.networkAcls.ipRules").Select(rule => rule.GetProperty("value").GetString()));
    }

    [BicepFact]
    public void An_allowance_of_an_unknown_state_is_refused() =>
        Assert.Throws<InvalidOperationException>(() => Deployment.From("stage = 'test'", "allowances = { Triage: { Urgent: 'P1D' } }"));

    [BicepFact]
    public void A_daily_cap_that_would_keep_no_logs_is_refused()
    {
        var refused = Assert.Throws<InvalidOperationException>(() => Deployment.From("stage = 'test'", "logDailyCapGB = 0"));

        Assert.Contains("logDailyCapGB 0 would keep no logs", refused.Message, StringComparison.Ordinal);
    }

    [BicepFact]
    public void The_container_of_the_status_page_must_be_one_that_the_template_creates() =>
        Assert.Throws<InvalidOperationException>(() => Deployment.From("stage = 'test'", "statusPageContainer = 'page'"));

    [BicepFact]
    public void A_region_without_zones_gets_the_redundancy_that_it_supports()
    {
        var paired = Deployment.Pair;

        Assert.Equal("false", paired.Every("Microsoft.Web/serverfarms").Single()["properties.zoneRedundant"]);
        Assert.All(paired.Every(Account), account => Assert.DoesNotContain("ZRS", account["sku.name"], StringComparison.Ordinal));
        Assert.Equal("Standard_RAGRS", paired.Every(Account).Single(account => account["tags.holds"] == "records")["sku.name"]);
    }

    [BicepFact]
    public void A_region_with_zones_uses_zone_redundancy()
    {
        Assert.Equal("true", Deployment.Production.Every("Microsoft.Web/serverfarms").Single()["properties.zoneRedundant"]);
        Assert.All(Deployment.Production.Every(Account), account => Assert.Contains("ZRS", account["sku.name"], StringComparison.Ordinal));
    }

    [BicepFact]
    public void azd_offers_only_the_regions_that_are_known_to_work()
    {
        var location = CompiledTemplate.Main.Parameter("location").Declared;

        Assert.Equal("location", location.GetProperty("metadata").GetProperty("azd").GetProperty("type").GetString());
        Assert.Contains("uksouth", location.GetProperty("allowedValues").EnumerateArray().Select(value => value.GetString()));
    }

    [BicepFact]
    public void A_budget_is_created_once_so_that_a_deployment_in_a_later_month_does_not_fail() =>
        Assert.Matches(@"""onlyIfNotExists"": \[\]\s*\},\s*""type"": ""Microsoft.Consumption/budgets""", CompiledTemplate.Main.Text);

    [BicepFact]
    public void A_budget_of_zero_creates_no_budget() =>
        Assert.Empty(Deployment.Bare.Every("Microsoft.Consumption/budgets"));

    [BicepFact]
    public void A_locked_immutability_policy_is_not_deployed_again()
    {
        const string Policy = "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies";

        Assert.NotEmpty(Deployment.Production.Every(Policy));
        Assert.Empty(Deployment.Bare.Every(Policy));
    }

    [BicepFact]
    public void The_public_status_page_is_a_website_of_the_contingency_account()
    {
        var open = Deployment.Everything;

        Assert.Equal("true", open.Within("contingency", $"{Account}/blobServices").Single()["properties.staticWebsite.enabled"]);
        Assert.Equal("false", open.Within("records", $"{Account}/blobServices").Single()["properties.staticWebsite.enabled"]);
        Assert.Equal("false", Deployment.Production.Within("contingency", $"{Account}/blobServices").Single()["properties.staticWebsite.enabled"]);
    }

    [BicepFact]
    public void Only_the_named_operator_addresses_reach_the_records_account()
    {
        var records = Deployment.Everything.Every(Account).Single(account => account["tags.holds"] == "records");

        Assert.Equal("Enabled", records["properties.publicNetworkAccess"]);
        Assert.Equal("Deny", records["properties.networkAcls.defaultAction"]);
        Assert.Equal(["192.0.2.0/24", "198.51.100.7"], records.List("properties.networkAcls.ipRules").Select(rule => rule.GetProperty("value").GetString()));
    }

    [BicepFact]
    public void The_anomaly_rule_has_the_name_that_Azure_gives_it()
    {
        var component = Deployment.Production.Every("Microsoft.Insights/components").Single().Name;

        Assert.Equal($"Failure Anomalies - {component}", Deployment.Production.Every("Microsoft.AlertsManagement/smartDetectorAlertRules").Single().Name);
    }
}
