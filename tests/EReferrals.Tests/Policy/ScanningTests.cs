namespace EReferrals.Tests.Policy;

/// <summary>Checks the path of a scan verdict from the scanner to the queue, with public and private storage and Service Bus.</summary>
public sealed class ScanningTests
{
    private static Deployment Production => Deployment.Production;

    [BicepFact]
    public void A_scan_verdict_reaches_the_queue_of_a_private_namespace_as_a_trusted_service()
    {
        var bus = Production.Every("Microsoft.ServiceBus/namespaces").Single();
        var rules = Production.Every("Microsoft.ServiceBus/namespaces/networkRuleSets").Single();

        Assert.Equal("Enabled", bus["properties.publicNetworkAccess"]);
        Assert.Equal("Enabled", rules["properties.publicNetworkAccess"]);
        Assert.Equal("true", rules["properties.trustedServiceAccessEnabled"]);
    }

    [BicepFact]
    public void No_other_outside_traffic_reaches_a_private_namespace()
    {
        var rules = Production.Every("Microsoft.ServiceBus/namespaces/networkRuleSets").Single();

        Assert.Equal("Deny", rules["properties.defaultAction"]);
        Assert.EndsWith(
            "/subnets/app", Assert.Single(rules.List("properties.virtualNetworkRules")).GetProperty("subnet").GetProperty("id").GetString(),
            StringComparison.Ordinal);
        Assert.Null(rules["properties.ipRules"]);
    }

    [BicepFact]
    public void The_topic_sends_with_its_own_identity_which_may_send_to_that_queue_only()
    {
        var subscription = Production.Every("Microsoft.EventGrid/topics/eventSubscriptions").Single();
        var queue = subscription["properties.deliveryWithResourceIdentity.destination.properties.resourceId"]!;
        var topic = Production.Every("Microsoft.EventGrid/topics").Single();
        var roles = Production.Every("Microsoft.Authorization/roleAssignments")
            .Where(role => role["properties.principalId"]!.Contains(topic.Name, StringComparison.Ordinal))
            .ToList();

        Assert.Equal("SystemAssigned", topic["identity.type"]);
        Assert.EndsWith("/queues/attachment-scanned", queue, StringComparison.Ordinal);
        Assert.Equal(2, roles.Count);
        Assert.Contains(
            roles,
            role => role.Scope == queue && role["properties.roleDefinitionId"]!.EndsWith("69a216fc-b8fb-44d8-bc22-1f3c2cd27a39", StringComparison.Ordinal));
    }

    [BicepFact]
    public void A_second_deployment_keeps_the_scanners_access()
    {
        var rule = Assert.Single(Account("records").List("properties.networkAcls.resourceAccessRules"));

        Assert.EndsWith("/providers/Microsoft.Security/datascanners/StorageDataScanner", rule.GetProperty("resourceId").GetString(), StringComparison.Ordinal);
        Assert.Equal("AzureServices", Account("records")["properties.networkAcls.bypass"]);
    }

    [BicepFact]
    public void Undelivered_verdicts_are_stored_where_operators_can_read_them()
    {
        var destination = Production.Every("Microsoft.EventGrid/topics/eventSubscriptions").Single()
            .Find("properties.deadLetterWithResourceIdentity.deadLetterDestination.properties")!.Value;
        var container = destination.GetProperty("blobContainerName").GetString();

        Assert.Equal(Account("contingency").Id, destination.GetProperty("resourceId").GetString());
        Assert.Contains(Production.Within("contingency", "Microsoft.Storage/storageAccounts/blobServices/containers"), each => each.PlainName == container);
        Assert.Equal("Enabled", Account("contingency")["properties.publicNetworkAccess"]);
    }

    [BicepTheory]
    [InlineData("undelivered-verdicts", "DeadLetteredCount")]
    [InlineData("dropped-verdicts", "DroppedEventCount")]
    public void An_undelivered_verdict_raises_an_alert(string alert, string metric) =>
        Assert.Equal(
            metric,
            Production.Every("Microsoft.Insights/metricAlerts")
                .Single(each => each.PlainName == alert)
                .List("properties.criteria.allOf")
                .Single()
                .GetProperty("metricName")
                .GetString());

    private static DeployedResource Account(string holds) => Production.Every("Microsoft.Storage/storageAccounts").Single(each => each["tags.holds"] == holds);
}
