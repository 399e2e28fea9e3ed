using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace EReferrals.Local.FunctionsHost;

/// <summary>
/// Reads the root host.json strictly. The Functions host silently ignores an unknown key, so that it is a start error here. An app setting
/// <c>AzureFunctionsJobHost__a__b</c> overrides the key <c>a:b</c>, as in the cloud.
/// </summary>
internal sealed class HostJson
{
    private const string Bus = "extensions:serviceBus";

    private static readonly string[] Keys =
    [
        "version", "functionTimeout", "telemetryMode",
        .. Under("extensions:http", "routePrefix maxOutstandingRequests maxConcurrentRequests dynamicThrottlesEnabled"),
        .. Under("extensions:http:hsts", "isEnabled maxAge includeSubDomains preload"),
        .. Under(Bus, "prefetchCount transportType autoCompleteMessages maxAutoLockRenewalDuration maxConcurrentCalls maxConcurrentSessions"),
        .. Under(Bus, "maxConcurrentCallsPerSession maxMessageBatchSize minMessageBatchSize maxBatchWaitTime sessionIdleTimeout"),
        .. Under(Bus, "enableCrossEntityTransactions webProxy"),
        .. Under($"{Bus}:clientRetryOptions", "mode tryTimeout delay maxDelay maxRetries"),
        .. Under("concurrency", "dynamicConcurrencyEnabled snapshotPersistenceEnabled"),
        .. Under("healthMonitor", "enabled healthCheckInterval healthCheckWindow healthCheckThreshold counterThreshold"),
        .. Under("aggregator", "batchSize flushTimeout"),
        .. Under("logging", "fileLoggingMode console:isEnabled"),
        .. Under("logging:applicationInsights", "enableLiveMetricsFilters enableDependencyTracking enablePerformanceCountersCollection"),
        .. Under("logging:applicationInsights:samplingSettings", "isEnabled maxTelemetryItemsPerSecond excludedTypes includedTypes"),
    ];

    // Keys below these sections have free names.
    private static readonly string[] Maps = ["logging:logLevel:", "extensions:http:customHeaders:", "extensions:http:hsts:excludedHosts:"];

    private HostJson(IConfiguration json)
    {
        foreach (var (key, value) in json.AsEnumerable()) Require(IsKnown(key, value), key, "is unknown to the Functions host");
        Require(json["version"] == "2.0", "version", "must be \"2.0\"");
        FunctionTimeout = json["functionTimeout"] == "-1" ? Timeout.InfiniteTimeSpan : json.GetValue("functionTimeout", TimeSpan.FromMinutes(30));
        LogLevels = [.. json.GetSection("logging:logLevel").GetChildren().Select(level => KeyValuePair.Create(level.Key, level.Get<LogLevel>()))];
        Http = json.GetSection("extensions:http").Get<HttpSection>() ?? new();
        ServiceBus = json.GetSection(Bus).Get<ServiceBusSection>() ?? new();

        Require(FunctionTimeout > TimeSpan.Zero || FunctionTimeout == Timeout.InfiniteTimeSpan, "functionTimeout", "must be a duration like 00:05:00, or -1");
        Require(Http.MaxOutstandingRequests >= -1, "extensions:http:maxOutstandingRequests", "must be -1 or more");
        Require(Http.MaxConcurrentRequests >= -1, "extensions:http:maxConcurrentRequests", "must be -1 or more");
        Require(ServiceBus.PrefetchCount >= 0, $"{Bus}:prefetchCount", "must be 0 or more");
        Require(ServiceBus.MaxConcurrentCalls >= 1, $"{Bus}:maxConcurrentCalls", "must be 1 or more");
        Require(ServiceBus.MaxMessageBatchSize >= 1, $"{Bus}:maxMessageBatchSize", "must be 1 or more");
        Require(ServiceBus.MaxAutoLockRenewalDuration > TimeSpan.Zero, $"{Bus}:maxAutoLockRenewalDuration", "must be above zero");
        Require(json[$"{Bus}:minMessageBatchSize"] is null, $"{Bus}:minMessageBatchSize", "is not supported locally");
        Require(json[$"{Bus}:maxBatchWaitTime"] is null, $"{Bus}:maxBatchWaitTime", "is not supported locally");
        Require(!json.GetValue<bool>("concurrency:dynamicConcurrencyEnabled"), "concurrency:dynamicConcurrencyEnabled", "is not supported locally");
    }

    public TimeSpan FunctionTimeout { get; }

    public HttpSection Http { get; }

    public ServiceBusSection ServiceBus { get; }

    /// <summary>The level of each log category.</summary>
    public IReadOnlyList<KeyValuePair<string, LogLevel>> LogLevels { get; }

    /// <exception cref="FunctionsHostStartException">The file is missing or contains a key or value that the Functions host does not accept.</exception>
    public static HostJson Load(string path, AppSettings settings)
    {
        if (!File.Exists(path)) throw new FunctionsHostStartException($"host.json was not found at {path}.");
        return Parse(File.ReadAllText(path), settings.Under("AzureFunctionsJobHost"));
    }

    public static HostJson Parse(string json, IConfiguration? overrides = null)
    {
        try
        {
            using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
            var builder = new ConfigurationBuilder().AddJsonStream(stream);
            if (overrides is not null) builder.AddConfiguration(overrides);
            return new HostJson(builder.Build());
        }
        catch (Exception ex) when (ex is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw new FunctionsHostStartException($"host.json cannot be read: {ex.Message}", ex);
        }
    }

    private static IEnumerable<string> Under(string section, string names) => names.Split(' ').Select(name => $"{section}:{name}");

    // A key without a value is a section. It is known when a known key begins with it.
    private static bool IsKnown(string key, string? value) =>
        Keys.Contains(key, StringComparer.OrdinalIgnoreCase)
        || Maps.Any(map => key.Length > map.Length && key.StartsWith(map, StringComparison.OrdinalIgnoreCase))
        || (value is null && Keys.Concat(Maps).Any(known => known.StartsWith($"{key}:", StringComparison.OrdinalIgnoreCase)));

    private static void Require(bool condition, string key, string otherwise)
    {
        if (!condition) throw new FunctionsHostStartException($"host.json: '{key}' {otherwise}.");
    }

    internal sealed class HttpSection
    {
        public string RoutePrefix { get; init => field = value.Trim('/'); } = "api";

        public int MaxOutstandingRequests { get; init; } = -1;

        public int MaxConcurrentRequests { get; init; } = -1;

        public Dictionary<string, string> CustomHeaders { get; init; } = [];
    }

    internal sealed class ServiceBusSection
    {
        public bool AutoCompleteMessages { get; init; } = true;

        public int PrefetchCount { get; init; }

        public int MaxConcurrentCalls { get; init; } = 16;

        public int MaxMessageBatchSize { get; init; } = 1000;

        public TimeSpan MaxAutoLockRenewalDuration { get; init; } = TimeSpan.FromMinutes(5);

        // A local broker restarts quickly, so that the pauses are shorter than the cloud's defaults.
        public ServiceBusRetryOptions ClientRetryOptions { get; } =
            new() { Delay = TimeSpan.FromMilliseconds(100), MaxDelay = TimeSpan.FromSeconds(1), TryTimeout = TimeSpan.FromSeconds(60), MaxRetries = 3 };
    }
}
