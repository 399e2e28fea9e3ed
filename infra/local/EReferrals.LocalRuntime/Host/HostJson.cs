using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace EReferrals.LocalRuntime.Host;

/// <summary>
/// The root host.json, read strictly: a key the Functions host does not know is a start error here, because there it is silently
/// without effect. An app setting <c>AzureFunctionsJobHost__a__b</c> overrides the key <c>a.b</c>, as in the cloud.
/// </summary>
internal sealed class HostJson
{
    private readonly Dictionary<string, string> values;

    private HostJson(Dictionary<string, string> values)
    {
        this.values = values;
        if (Text("version", "") != "2.0") throw Wrong("version", "must be \"2.0\"");
        FunctionTimeout = Text("functionTimeout", "") == "-1" ? Timeout.InfiniteTimeSpan : Duration("functionTimeout", TimeSpan.FromMinutes(30));
        Http = new HttpSection(this);
        ServiceBus = new ServiceBusSection(this);
        if (Flag("concurrency.dynamicConcurrencyEnabled", false)) throw Wrong("concurrency.dynamicConcurrencyEnabled", "is not run locally");
    }

    public TimeSpan FunctionTimeout { get; }

    public HttpSection Http { get; }

    public ServiceBusSection ServiceBus { get; }

    /// <summary>Log category to level.</summary>
    public IEnumerable<KeyValuePair<string, string>> LogLevels => Map("logging.logLevel.");

    public static HostJson Load(string path, IConfiguration configuration)
    {
        if (!File.Exists(path)) throw new LocalRuntimeStartException($"host.json is not at {path}.");
        return Parse(File.ReadAllText(path), configuration.GetSection("AzureFunctionsJobHost"));
    }

    public static HostJson Parse(string json, IConfiguration? overrides = null)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            Flatten(document.RootElement, "", values);
        }
        catch (JsonException e)
        {
            throw new LocalRuntimeStartException($"host.json cannot be read: {e.Message}");
        }

        foreach (var (key, value) in overrides?.AsEnumerable(makePathsRelative: true) ?? [])
            if (value is not null) values[key.Replace(':', '.')] = value;
        foreach (var key in values.Keys)
            if (!IsKnown(key)) throw new LocalRuntimeStartException($"host.json: the key '{key}' is not one the Functions host knows.");
        return new HostJson(values);
    }

    private static void Flatten(JsonElement element, string path, Dictionary<string, string> values)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
                Flatten(member.Value, path.Length == 0 ? member.Name : $"{path}.{member.Name}", values);
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var (index, item) in element.EnumerateArray().Index()) Flatten(item, $"{path}.{index}", values);
        }
        else
        {
            values[path] = element.ToString();
        }
    }

    private static bool IsKnown(string key) =>
        Keys.Contains(key) || Prefixes.Any(prefix => key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && key.Length > prefix.Length);

    private string Text(string key, string otherwise) => values.GetValueOrDefault(key, otherwise);

    private bool Flag(string key, bool otherwise) => !values.TryGetValue(key, out var text) ? otherwise
        : bool.TryParse(text, out var flag) ? flag
        : throw Wrong(key, "must be true or false");

    private int Number(string key, int otherwise, int least) => !values.TryGetValue(key, out var text) ? otherwise
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least ? number
        : throw Wrong(key, $"must be a whole number, {least} or more");

    private TimeSpan Duration(string key, TimeSpan otherwise) => !values.TryGetValue(key, out var text) ? otherwise
        : TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var duration) && duration > TimeSpan.Zero ? duration
        : throw Wrong(key, "must be a duration like 00:05:00");

    private IEnumerable<KeyValuePair<string, string>> Map(string prefix) => values
        .Where(pair => pair.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        .Select(pair => KeyValuePair.Create(pair.Key[prefix.Length..], pair.Value));

    private LocalRuntimeStartException Wrong(string key, string problem) =>
        new($"host.json: '{key}' {problem} (it is '{Text(key, "")}').");

    internal sealed class HttpSection(HostJson host)
    {
        public string RoutePrefix { get; } = host.Text("extensions.http.routePrefix", "api").Trim('/');

        public int MaxOutstandingRequests { get; } = host.Number("extensions.http.maxOutstandingRequests", -1, -1);

        public int MaxConcurrentRequests { get; } = host.Number("extensions.http.maxConcurrentRequests", -1, -1);

        public KeyValuePair<string, string>[] CustomHeaders { get; } = [.. host.Map("extensions.http.customHeaders.")];
    }

    internal sealed class ServiceBusSection
    {
        public ServiceBusSection(HostJson host)
        {
            AutoCompleteMessages = host.Flag("extensions.serviceBus.autoCompleteMessages", true);
            PrefetchCount = host.Number("extensions.serviceBus.prefetchCount", 0, 0);
            MaxConcurrentCalls = host.Number("extensions.serviceBus.maxConcurrentCalls", 16, 1);
            MaxConcurrentSessions = host.Number("extensions.serviceBus.maxConcurrentSessions", 8, 1);
            MaxMessageBatchSize = host.Number("extensions.serviceBus.maxMessageBatchSize", 1000, 1);
            SessionIdleTimeout = host.Duration("extensions.serviceBus.sessionIdleTimeout", TimeSpan.FromMinutes(1));
            MaxAutoLockRenewalDuration = host.Duration("extensions.serviceBus.maxAutoLockRenewalDuration", TimeSpan.FromMinutes(5));
            if (host.Number("extensions.serviceBus.minMessageBatchSize", 1, 1) > 1)
                throw host.Wrong("extensions.serviceBus.minMessageBatchSize", "above 1 is not run locally");
            if (host.Number("extensions.serviceBus.maxConcurrentCallsPerSession", 1, 1) > 1)
                throw host.Wrong("extensions.serviceBus.maxConcurrentCallsPerSession", "above 1 is not run locally");
        }

        public bool AutoCompleteMessages { get; }

        public int PrefetchCount { get; }

        public int MaxConcurrentCalls { get; }

        public int MaxConcurrentSessions { get; }

        public int MaxMessageBatchSize { get; }

        public TimeSpan SessionIdleTimeout { get; }

        public TimeSpan MaxAutoLockRenewalDuration { get; }
    }

    private static readonly HashSet<string> Keys = new(StringComparer.OrdinalIgnoreCase)
    {
        "version", "functionTimeout", "telemetryMode",
        "extensions.http.routePrefix", "extensions.http.maxOutstandingRequests", "extensions.http.maxConcurrentRequests",
        "extensions.http.dynamicThrottlesEnabled", "extensions.http.hsts.isEnabled", "extensions.http.hsts.maxAge",
        "extensions.http.hsts.includeSubDomains", "extensions.http.hsts.preload",
        "extensions.serviceBus.prefetchCount", "extensions.serviceBus.transportType", "extensions.serviceBus.autoCompleteMessages",
        "extensions.serviceBus.maxAutoLockRenewalDuration", "extensions.serviceBus.maxConcurrentCalls",
        "extensions.serviceBus.maxConcurrentSessions", "extensions.serviceBus.maxConcurrentCallsPerSession",
        "extensions.serviceBus.maxMessageBatchSize", "extensions.serviceBus.minMessageBatchSize",
        "extensions.serviceBus.maxBatchWaitTime", "extensions.serviceBus.sessionIdleTimeout",
        "extensions.serviceBus.enableCrossEntityTransactions", "extensions.serviceBus.webProxy",
        "extensions.serviceBus.clientRetryOptions.mode", "extensions.serviceBus.clientRetryOptions.tryTimeout",
        "extensions.serviceBus.clientRetryOptions.delay", "extensions.serviceBus.clientRetryOptions.maxDelay",
        "extensions.serviceBus.clientRetryOptions.maxRetries",
        "concurrency.dynamicConcurrencyEnabled", "concurrency.snapshotPersistenceEnabled",
        "healthMonitor.enabled", "healthMonitor.healthCheckInterval", "healthMonitor.healthCheckWindow",
        "healthMonitor.healthCheckThreshold", "healthMonitor.counterThreshold",
        "aggregator.batchSize", "aggregator.flushTimeout",
        "logging.fileLoggingMode", "logging.console.isEnabled", "logging.applicationInsights.enableLiveMetricsFilters",
        "logging.applicationInsights.enableDependencyTracking", "logging.applicationInsights.enablePerformanceCountersCollection",
        "logging.applicationInsights.samplingSettings.isEnabled",
        "logging.applicationInsights.samplingSettings.maxTelemetryItemsPerSecond",
        "logging.applicationInsights.samplingSettings.excludedTypes", "logging.applicationInsights.samplingSettings.includedTypes",
    };

    private static readonly string[] Prefixes =
        ["logging.logLevel.", "extensions.http.customHeaders.", "extensions.http.hsts.excludedHosts."];
}
