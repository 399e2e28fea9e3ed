namespace EReferrals.Tests.Policy;

/// <summary>Every way in which the templates are meant to be deployed, and those that cannot work.</summary>
public sealed class ParameterSetTests
{
    private const string Account = "Microsoft.Storage/storageAccounts";

    public static TheoryData<string, string[]> Sets => new()
    {
        { "test", ["stage = 'test'"] },
        { "production", ["stage = 'production'"] },
        { "a private network for tests", ["stage = 'test'", "privateNetwork = true", "serviceBusSku = 'Premium'"] },
        { "production without a private network", ["stage = 'production'", "privateNetwork = false"] },
        { "the paired region", ["stage = 'production'", "location = 'ukwest'"] },
        { "no malware scanning", ["stage = 'production'", "malwareScanning = false"] },
        { "no budget", ["stage = 'production'", "monthlyBudget = 0"] },
        { "locked audit", ["stage = 'production'", "auditLocked = true"] },
        { "operators from outside, readers from known places", ["stage = 'production'", "breakGlassAddresses = '192.0.2.0/24, 198.51.100.7'", "packReaderAddresses = ['203.0.113.0/24']"] },
        { "a status page for everyone", ["stage = 'production'", "statusPageContainer = '$web'"] },
        {
            "everything that is optional",
            ["stage = 'production'", "tokenMetadataAddress = 'https://issuer.invalid/configuration'", "monitoringKey = 'key'", "pagerWebhook = 'https://pager.invalid/hook'", "alertEmail = 'duty@example.invalid'",
                "natGatewayId = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.Network/natGateways/nat'"]
        },
    };

    [BicepTheory]
    [MemberData(nameof(Sets))]
    public void Every_way_to_deploy_evaluates_without_a_warning_and_keeps_to_the_policy(string name, string[] parameters) =>
        Assert.True(!InfrastructureRules.Findings(Deployment.Of(parameters)).Any(), $"{name}: {string.Join(' ', InfrastructureRules.Findings(Deployment.Of(parameters)))}");

    [BicepTheory]
    [InlineData("privateNetwork needs serviceBusSku Premium", "stage = 'test'", "privateNetwork = true")]
    [InlineData("privateNetwork needs serviceBusSku Premium", "stage = 'production'", "serviceBusSku = 'Standard'")]
    [InlineData("serviceBusUnits above 1 needs serviceBusSku Premium", "stage = 'test'", "serviceBusUnits = 2")]
    [InlineData("natGatewayId needs privateNetwork", "stage = 'test'", "natGatewayId = '/subscriptions/x'")]
    [InlineData("packReaderAddresses needs privateNetwork", "stage = 'test'", "packReaderAddresses = ['203.0.113.0/24']")]
    [InlineData("breakGlassAddresses needs privateNetwork", "stage = 'test'", "breakGlassAddresses = '192.0.2.1'")]
    [InlineData("alwaysReadyHttp is more than maximumInstances", "stage = 'test'", "alwaysReadyHttp = 50")]
    public void What_cannot_work_is_refused_before_anything_is_deployed(string sentence, params string[] parameters) =>
        Assert.Contains(sentence, Assert.Throws<InvalidOperationException>(() => Deployment.Of(parameters)).Message, StringComparison.Ordinal);

    [BicepFact]
    public void A_region_without_zones_gets_what_it_can_have()
    {
        var paired = Deployment.Of("stage = 'production'", "location = 'ukwest'");

        Assert.Equal("false", paired.Every("Microsoft.Web/serverfarms").Single()["properties.zoneRedundant"]);
        Assert.All(paired.Every(Account), account => Assert.DoesNotContain("ZRS", account["sku.name"], StringComparison.Ordinal));
        Assert.Equal("Standard_RAGRS", paired.Every(Account).Single(account => account["tags.holds"] == "records")["sku.name"]);
    }

    [BicepFact]
    public void A_region_with_zones_uses_them()
    {
        Assert.Equal("true", Deployment.Production.Every("Microsoft.Web/serverfarms").Single()["properties.zoneRedundant"]);
        Assert.All(Deployment.Production.Every(Account), account => Assert.Contains("ZRS", account["sku.name"], StringComparison.Ordinal));
    }

    [BicepFact]
    public void The_region_is_chosen_with_azd_from_those_that_are_known_to_do()
    {
        var location = CompiledTemplate.Main.Parameter("location").Declared;

        Assert.Equal("location", location.GetProperty("metadata").GetProperty("azd").GetProperty("type").GetString());
        Assert.Contains("uksouth", location.GetProperty("allowedValues").EnumerateArray().Select(value => value.GetString()));
    }

    [BicepFact]
    public void A_budget_is_made_once_so_that_a_deployment_in_another_month_does_not_fail() =>
        Assert.Matches(@"""onlyIfNotExists"": \[\]\s*\},\s*""type"": ""Microsoft.Consumption/budgets""", CompiledTemplate.Main.Text);

    [BicepFact]
    public void A_budget_of_nothing_is_no_budget() =>
        Assert.Empty(Deployment.Of("stage = 'production'", "monthlyBudget = 0").Every("Microsoft.Consumption/budgets"));

    [BicepFact]
    public void A_policy_that_is_locked_is_left_alone()
    {
        const string Policy = "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies";

        Assert.NotEmpty(Deployment.Production.Every(Policy));
        Assert.Empty(Deployment.Of("stage = 'production'", "auditLocked = true").Every(Policy));
    }

    [BicepFact]
    public void The_status_page_for_everyone_is_a_website_of_the_contingency_account()
    {
        var open = Deployment.Of("stage = 'production'", "statusPageContainer = '$web'");

        Assert.Equal("true", open.Within("contingency", $"{Account}/blobServices").Single()["properties.staticWebsite.enabled"]);
        Assert.Equal("false", open.Within("records", $"{Account}/blobServices").Single()["properties.staticWebsite.enabled"]);
        Assert.Equal("false", Deployment.Production.Within("contingency", $"{Account}/blobServices").Single()["properties.staticWebsite.enabled"]);
    }

    [BicepFact]
    public void Operators_reach_the_records_account_from_the_named_places_and_nobody_else_does()
    {
        var records = Deployment.Of("stage = 'production'", "breakGlassAddresses = '192.0.2.0/24, 198.51.100.7'", "packReaderAddresses = ['203.0.113.0/24']")
            .Every(Account).Single(account => account["tags.holds"] == "records");

        Assert.Equal("Enabled", records["properties.publicNetworkAccess"]);
        Assert.Equal("Deny", records["properties.networkAcls.defaultAction"]);
        Assert.Equal(["192.0.2.0/24", "198.51.100.7"], records.List("properties.networkAcls.ipRules").Select(rule => rule.GetProperty("value").GetString()));
    }

    [BicepFact]
    public void The_rule_for_anomalies_has_the_name_that_Azure_gives_it()
    {
        var component = Deployment.Production.Every("Microsoft.Insights/components").Single().Name;

        Assert.Equal($"Failure Anomalies - {component}", Deployment.Production.Every("Microsoft.AlertsManagement/smartDetectorAlertRules").Single().Name);
    }
}
