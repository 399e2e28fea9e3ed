namespace EReferrals.Local;

/// <summary>The settings that the app gets from the local platform, as a deployment would give them.</summary>
internal static class PlatformSettings
{
    public const string Audience = "ereferrals-local";

    /// <param name="overrides">Win over those of the platform; so do environment variables.</param>
    public static IReadOnlyDictionary<string, string> From(LocalServices services, string issuer, IReadOnlyDictionary<string, string> overrides)
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
            ["AzureWebJobsStorage"] = services.Contingency,
            ["ServiceBusConnection"] = services.ServiceBusConnection,
            ["ServiceBusAdministration"] = services.AdministrationConnection,
            ["Records__ConnectionString"] = services.Records,
            ["Contingency__ConnectionString"] = services.Contingency,
            ["Security__Issuer"] = issuer,
            ["Security__MetadataAddress"] = $"{issuer}/.well-known/openid-configuration",
            ["Security__Audience"] = Audience,
            ["Status__MonitoringKey"] = "local",
        };
        foreach (var name in settings.Keys.ToArray())
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } explicitly) settings[name] = explicitly;
        }

        foreach (var (name, value) in overrides) settings[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        return settings;
    }
}
