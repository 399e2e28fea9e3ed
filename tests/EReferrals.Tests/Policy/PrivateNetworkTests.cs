namespace EReferrals.Tests.Policy;

/// <summary>Checks which resources are reached through the private network and which stay open.</summary>
public sealed class PrivateNetworkTests
{
    private const string Account = "Microsoft.Storage/storageAccounts";

    private static Deployment Production => Deployment.Production;

    [BicepFact]
    public void The_app_has_a_private_endpoint_for_every_store_and_bus_that_it_uses()
    {
        var reached = Production.Every("Microsoft.Network/privateEndpoints").SelectMany(endpoint => endpoint.List("properties.privateLinkServiceConnections"))
            .Select(connection => connection.GetProperty("properties"))
            .Select(target => (target.GetProperty("privateLinkServiceId").GetString()!, target.GetProperty("groupIds")[0].GetString()!)).ToHashSet();

        Assert.Equal(
            [
                (Named("audit"), "blob"), (Named("audit-reserve"), "blob"), (Named("contingency"), "blob"), (Named("host"), "blob"), (Named("host"), "table"),
                (Named("records"), "blob"), (Named("records"), "table"), (Bus, "namespace")
            ],
            reached.OrderBy(target => target.Item2 == "namespace" ? 1 : 0).ThenBy(target => Holds(target.Item1), StringComparer.Ordinal)
                .ThenBy(target => target.Item2, StringComparer.Ordinal));
    }

    [BicepFact]
    public void Every_private_endpoint_has_a_name_in_a_private_DNS_zone()
    {
        var endpoints = Production.Every("Microsoft.Network/privateEndpoints").Select(endpoint => endpoint.Name).ToHashSet();
        var named = Production.Every("Microsoft.Network/privateEndpoints/privateDnsZoneGroups")
            .Where(group => group.List("properties.privateDnsZoneConfigs").Count() == 1);

        Assert.NotEmpty(endpoints);
        Assert.Equal(endpoints, named.Select(group => group.Name.Split('/')[0]).ToHashSet());
        Assert.Equal(3, Production.Every("Microsoft.Network/privateDnsZones/virtualNetworkLinks").Count());
    }

    [BicepFact]
    public void Outbound_traffic_of_the_app_goes_through_the_network() =>
        Assert.EndsWith("/subnets/app", Production.Every("Microsoft.Web/sites").Single()["properties.virtualNetworkSubnetId"], StringComparison.Ordinal);

    [BicepTheory]
    [InlineData("host")]
    [InlineData("records")]
    [InlineData("audit")]
    [InlineData("audit-reserve")]
    public void An_account_that_only_the_service_reads_rejects_outside_traffic(string holds)
    {
        var account = Production.Every(Account).Single(each => each["tags.holds"] == holds);

        Assert.Equal("Disabled", account["properties.publicNetworkAccess"]);
        Assert.Equal("Deny", account["properties.networkAcls.defaultAction"]);
    }

    [BicepFact]
    public void Hospitals_can_read_their_packs_from_outside_the_network() =>
        Assert.Equal("Enabled", Production.Every(Account).Single(each => each["tags.holds"] == "contingency")["properties.publicNetworkAccess"]);

    [BicepFact]
    public void A_deployment_without_a_private_network_has_no_private_endpoint() =>
        Assert.DoesNotContain(Deployment.Test.Resources, resource => resource.Type.StartsWith("Microsoft.Network/", StringComparison.OrdinalIgnoreCase));

    private static string Bus => Production.Every("Microsoft.ServiceBus/namespaces").Single().Id;

    private static string Named(string holds) => Production.Every(Account).Single(each => each["tags.holds"] == holds).Id;

    private static string? Holds(string id) => Production.Every(Account).SingleOrDefault(each => each.Id == id)?["tags.holds"];
}
