using System.Text.Json;

namespace EReferrals.Tests.Policy;

/// <summary>Checks what is kept, and that data with a retention period is deleted.</summary>
public sealed class RetentionTests
{
    private const string Policies = "Microsoft.Storage/storageAccounts/managementPolicies";

    [BicepFact]
    public void Old_blob_versions_are_deleted_in_every_account()
    {
        var accounts = Deployment.Production.Every("Microsoft.Storage/storageAccounts").ToList();

        Assert.All(accounts, account => Assert.Contains(RulesOf(account["tags.holds"]!), rule => EndsVersions(rule) && Prefixes(rule).Count == 0));
    }

    [BicepFact]
    public void Blobs_that_are_overwritten_every_minute_keep_old_versions_for_days_only()
    {
        var quick = RulesOf("contingency").Where(rule => EndsVersions(rule) && Prefixes(rule).Count > 0).SelectMany(Prefixes).ToHashSet();

        Assert.Superset(new HashSet<string> { "snapshots/", "status/", "$web/" }, quick);
    }

    [BicepFact]
    public void No_rule_deletes_immutable_audit_blobs() =>
        Assert.DoesNotContain(
            Deployment.Production.Every(Policies).SelectMany(policy => policy.List("properties.policy.rules")).SelectMany(Prefixes),
            prefix => prefix.StartsWith("audit", StringComparison.Ordinal));

    [BicepFact]
    public void The_point_in_time_restore_window_is_shorter_than_the_soft_delete_retention()
    {
        var records = Deployment.Production.Within("records", "Microsoft.Storage/storageAccounts/blobServices").Single();

        Assert.True(records.Find("properties.restorePolicy.days")!.Value.GetInt32() < records.Find("properties.deleteRetentionPolicy.days")!.Value.GetInt32());
        Assert.Equal("true", records["properties.changeFeed.enabled"]);
    }

    [BicepFact]
    public void The_read_log_keeps_reads_by_links_and_people_and_drops_the_services_own()
    {
        var rule = Deployment.Production.Every("Microsoft.Insights/dataCollectionRules").Single();
        var flow = Assert.Single(rule.List("properties.dataFlows"));

        var kept = flow.GetProperty("transformKql").GetString();
        Assert.Contains("source | where Category != \"StorageRead\" or RequesterObjectId != ", kept, StringComparison.Ordinal);
        // A link may carry the identity that signed it.
        Assert.Contains(" or AuthenticationType != \"OAuth\"", kept, StringComparison.Ordinal);
        Assert.Contains(
            Deployment.Production.Every("Microsoft.OperationalInsights/workspaces"),
            workspace => workspace["properties.defaultDataCollectionRuleResourceId"] == rule.Id);
    }

    private static List<JsonElement> RulesOf(string holds) => [.. Deployment.Production.Within(holds, Policies).Single().List("properties.policy.rules")];

    private static bool EndsVersions(JsonElement rule) => rule.GetProperty("definition").GetProperty("actions").TryGetProperty("version", out _);

    private static List<string> Prefixes(JsonElement rule) =>
        rule.GetProperty("definition").GetProperty("filters").TryGetProperty("prefixMatch", out var prefixes)
            ? [.. prefixes.EnumerateArray().Select(prefix => prefix.GetString()!)]
            : [];
}
