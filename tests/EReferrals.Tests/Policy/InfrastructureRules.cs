using System.Text.Json;

namespace EReferrals.Tests.Policy;

/// <summary>Rules for every deployment. Each rule returns its findings, so that a test can also apply it to deployments that violate it.</summary>
internal static class InfrastructureRules
{
    private const string Account = "Microsoft.Storage/storageAccounts";
    private const string Namespace = "Microsoft.ServiceBus/namespaces";

    // Absent when uploads are not scanned.
    private const string Topics = "Microsoft.EventGrid/topics";

    private const string BlobDelegator = "db58b8e5-c6ad-4a2a-8342-4190687cbf4a";

    private const string DataReader = "3b03c2da-16b3-4a49-8834-0f8130efdd3b";
    private const string OneTable = "workspaces/tables:name] StringEquals 'StorageBlobLogs'))";

    // The narrowest scopes for a role assignment.
    private static readonly string[] Narrow =
    [
        $"{Namespace}/queues",
        $"{Account}/tableServices/tables",
        $"{Account}/blobServices/containers",
        "Microsoft.Insights/components",
        "Microsoft.KeyVault/vaults/secrets",
    ];

    private static readonly string[] KeyUses = ["listKeys(", "listAccountSas(", "listServiceSas(", "AccountKey=", "SharedAccessKey"];

    public static IEnumerable<string> Findings(Deployment deployment) =>
    [
        .. Demand(deployment, Account, ("properties.allowSharedKeyAccess", "false"), ("properties.allowBlobPublicAccess", "false"),
            ("properties.minimumTlsVersion", "TLS1_2"), ("properties.supportsHttpsTrafficOnly", "true"),
            ("properties.isLocalUserEnabled", "false"), ("properties.allowCrossTenantReplication", "false")),
        .. Demand(deployment, $"{Account}/blobServices", ("properties.isVersioningEnabled", "true")),
        .. Demand(deployment, $"{Account}/blobServices/containers", ("properties.publicAccess", "None")),
        .. Demand(deployment, Namespace, ("properties.disableLocalAuth", "true"), ("properties.minimumTlsVersion", "1.2")),
        .. Demand(deployment, $"{Namespace}/queues", ("properties.deadLetteringOnMessageExpiration", "true"),
            ("properties.defaultMessageTimeToLive", "P10675199DT2H48M5.4775807S"), ("properties.autoDeleteOnIdle", null)),
        .. Demand(deployment, Topics, ("properties.disableLocalAuth", "true"), ("properties.minimumTlsVersionAllowed", "1.2")),
        .. Demand(deployment, "Microsoft.Insights/components", ("properties.DisableLocalAuth", "true")),
        .. Demand(deployment, "Microsoft.OperationalInsights/workspaces", ("properties.features.disableLocalAuth", "true")),
        .. Demand(deployment, "Microsoft.Web/sites", ("properties.httpsOnly", "true"), ("properties.siteConfig.minTlsVersion", "1.2"),
            ("properties.siteConfig.scmMinTlsVersion", "1.2"), ("properties.siteConfig.ftpsState", "Disabled"),
            ("properties.siteConfig.remoteDebuggingEnabled", "false")),
        .. Demand(deployment, "Microsoft.Web/sites/basicPublishingCredentialsPolicies", ("properties.allow", "false")),
        .. WideRoles(deployment),
        .. SilentAlerts(deployment),
        .. Keys(deployment),
    ];

    private static IEnumerable<string> Demand(Deployment deployment, string type, params (string Path, string? Value)[] demanded)
    {
        DeployedResource[] resources = [.. deployment.Every(type)];
        if (resources.Length == 0 && type != Topics) yield return $"There is no {type}.";
        foreach (var resource in resources)
        {
            foreach (var (path, value) in demanded.Where(demand => resource[demand.Path] != demand.Value))
            {
                yield return $"{resource} has {path} {resource[path] ?? "unset"}; it must be {value ?? "unset"}.";
            }
        }
    }

    private static IEnumerable<string> WideRoles(Deployment deployment)
    {
        var roles = deployment.Every("Microsoft.Authorization/roleAssignments").ToList();
        if (roles.Count == 0) yield return "There is no role.";
        var wide = roles.Where(role => !Narrow.Contains(role.ScopeType) && !IsTheHostsOwn(deployment, role) && !SignsLinks(role) && !ReadsOneTable(role));
        foreach (var role in wide)
        {
            yield return $"A role ({role["properties.roleDefinitionId"]}) holds for {role.Scope}.";
        }
    }

    private static bool IsTheHostsOwn(Deployment deployment, DeployedResource role) =>
        deployment.Every(Account).Any(account => account["tags.holds"] == "host" && account.Id == role.Scope);

    // Storage Blob Delegator grants no data access and can be assigned on accounts only.
    private static bool SignsLinks(DeployedResource role) =>
        role.ScopeType == Account && role["properties.roleDefinitionId"]?.EndsWith($"/{BlobDelegator}", StringComparison.Ordinal) == true;

    // A role on a table alone is not possible; a condition of the role names the table.
    private static bool ReadsOneTable(DeployedResource role) =>
        role.ScopeType == "Microsoft.OperationalInsights/workspaces"
        && role["properties.roleDefinitionId"]?.EndsWith($"/{DataReader}", StringComparison.Ordinal) == true
        && role["properties.condition"]?.EndsWith(OneTable, StringComparison.Ordinal) == true;

    private static IEnumerable<string> SilentAlerts(Deployment deployment)
    {
        (string Type, string Path)[] alerts =
        [
            ("Microsoft.Insights/metricAlerts", "properties.actions"),
            ("Microsoft.Insights/scheduledQueryRules", "properties.actions.actionGroups"),
            ("Microsoft.AlertsManagement/smartDetectorAlertRules", "properties.actionGroups.groupIds"),
        ];
        foreach (var (type, path) in alerts)
        {
            foreach (var alert in deployment.Every(type).Where(alert => !NamesAGroup(alert.Find(path)))) yield return $"{alert} notifies no action group.";
        }

        foreach (var budget in deployment.Every("Microsoft.Consumption/budgets"))
        {
            if (budget.Find("properties.notifications") is not { } all || !all.EnumerateObject().All(TellsAGroup))
            {
                yield return $"{budget} notifies no action group.";
            }
        }
    }

    private static bool TellsAGroup(JsonProperty notification) => notification.Value.TryGetProperty("contactGroups", out var groups) && NamesAGroup(groups);

    private static bool NamesAGroup(JsonElement? receivers) => receivers?.GetRawText().Contains("/actionGroups/", StringComparison.Ordinal) == true;

    private static IEnumerable<string> Keys(Deployment deployment) =>
        from resource in deployment.Resources
        from call in KeyUses
        where resource.Text.Contains(call, StringComparison.OrdinalIgnoreCase)
        select $"{resource} uses {call.TrimEnd('(', '=')}.";
}
