namespace EReferrals.Tests.Policy;

/// <summary>What no template of ours may do. Each rule answers what it found, so that it can be tried on templates that break it.</summary>
internal static class InfrastructureRules
{
    private const string Account = "Microsoft.Storage/storageAccounts";
    private const string Namespace = "Microsoft.ServiceBus/namespaces";

    // The smallest things that a role can be given on.
    private static readonly string[] Narrow =
    [
        $"{Namespace}/queues",
        $"{Account}/tableServices/tables",
        $"{Account}/blobServices/containers",
        "Microsoft.Insights/components",
    ];

    private static readonly string[] KeyUses = ["listKeys(", "listAccountSas(", "listServiceSas(", "AccountKey=", "SharedAccessKey"];

    public static IEnumerable<string> Findings(IReadOnlyList<BicepFile> files) =>
    [
        .. Demand(files, Account, ("properties.allowSharedKeyAccess", "false"), ("properties.allowBlobPublicAccess", "false"),
            ("properties.minimumTlsVersion", "'TLS1_2'"), ("properties.supportsHttpsTrafficOnly", "true"),
            ("properties.isLocalUserEnabled", "false"), ("properties.allowCrossTenantReplication", "false")),
        .. Demand(files, $"{Account}/blobServices", ("properties.isVersioningEnabled", "true")),
        .. Demand(files, $"{Account}/blobServices/containers", ("properties.publicAccess", "'None'")),
        .. Demand(files, Namespace, ("properties.disableLocalAuth", "true"), ("properties.minimumTlsVersion", "'1.2'")),
        .. Demand(files, $"{Namespace}/queues", ("properties.deadLetteringOnMessageExpiration", "true"),
            ("properties.defaultMessageTimeToLive", "'P10675199DT2H48M5.4775807S'"), ("properties.autoDeleteOnIdle", null)),
        .. Demand(files, "Microsoft.EventGrid/topics", ("properties.disableLocalAuth", "true"), ("properties.minimumTlsVersionAllowed", "'1.2'")),
        .. Demand(files, "Microsoft.Insights/components", ("properties.DisableLocalAuth", "true")),
        .. Demand(files, "Microsoft.OperationalInsights/workspaces", ("properties.features.disableLocalAuth", "true")),
        .. Demand(files, "Microsoft.Web/sites", ("properties.httpsOnly", "true"), ("properties.siteConfig.minTlsVersion", "'1.2'"),
            ("properties.siteConfig.scmMinTlsVersion", "'1.2'"), ("properties.siteConfig.ftpsState", "'Disabled'"),
            ("properties.siteConfig.remoteDebuggingEnabled", "false")),
        .. Demand(files, "Microsoft.Web/sites/basicPublishingCredentialsPolicies", ("properties.allow", "false")),
        .. WideRoles(files),
        .. SilentAlerts(files),
        .. Keys(files),
    ];

    private static IEnumerable<string> Demand(IReadOnlyList<BicepFile> files, string type, params (string Path, string? Value)[] demanded)
    {
        BicepResource[] resources = [.. All(files).Where(resource => resource.Is(type))];
        if (resources.Length == 0) yield return $"There is no {type}.";
        foreach (var resource in resources)
        {
            foreach (var (path, value) in demanded.Where(demand => resource[demand.Path] != demand.Value))
            {
                yield return $"{resource} has {path} {resource[path] ?? "unset"}; it must be {value ?? "unset"}.";
            }
        }
    }

    private static IEnumerable<string> WideRoles(IReadOnlyList<BicepFile> files)
    {
        foreach (var file in files)
        {
            foreach (var role in file.Resources.Where(resource => resource.Is("Microsoft.Authorization/roleAssignments")))
            {
                var scope = role["scope"] is { } expression ? file.Named(expression) : null;
                if (scope is null) yield return $"{role} holds for a whole resource group or subscription.";
                else if (!Narrow.Contains(scope.Type) && !IsTheHostsOwn(file, scope)) yield return $"{role} holds for {scope.Type}.";
            }
        }

        // The exception is one for the account of the host, and stays it.
        var main = files.Single(file => file.Name == "main.bicep").Text;
        var given = main[main.IndexOf("modules/host-access.bicep", StringComparison.Ordinal)..];
        if (!given[..given.IndexOf('}', StringComparison.Ordinal)].Contains("accountName: hostStorage.outputs.name", StringComparison.Ordinal))
        {
            yield return "host-access.bicep is used for an account other than the host's.";
        }
    }

    private static bool IsTheHostsOwn(BicepFile file, BicepResource scope) => file.Name == "host-access.bicep" && scope.Type == Account;

    private static IEnumerable<string> SilentAlerts(IReadOnlyList<BicepFile> files)
    {
        (string Type, string Path)[] alerts =
        [
            ("Microsoft.Insights/metricAlerts", "properties.actions"),
            ("Microsoft.Insights/scheduledQueryRules", "properties.actions.actionGroups"),
            ("Microsoft.AlertsManagement/smartDetectorAlertRules", "properties.actionGroups.groupIds"),
            ("Microsoft.Consumption/budgets", "properties.notifications"),
        ];
        foreach (var (type, path) in alerts)
        {
            foreach (var alert in All(files).Where(resource => resource.Is(type)))
            {
                if (alert[path]?.Contains("GroupId", StringComparison.Ordinal) != true) yield return $"{alert} tells nobody.";
            }
        }
    }

    private static IEnumerable<string> Keys(IReadOnlyList<BicepFile> files) =>
        from file in files
        from call in KeyUses
        where file.Text.Contains(call, StringComparison.OrdinalIgnoreCase)
        select $"{file.Name} uses {call.TrimEnd('(', '=')}.";

    private static IEnumerable<BicepResource> All(IReadOnlyList<BicepFile> files) => files.SelectMany(file => file.Resources);
}
