using System.Globalization;
using System.Text.Json;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Logging;

namespace EReferrals.Local.FunctionsHost;

/// <summary>
/// The root host.json, read strictly: a key the Functions host does not know is a start error here, because there it is silently
/// without effect. An app setting <c>AzureFunctionsJobHost__a__b</c> overrides the key <c>a.b</c>, as in the cloud.
/// </summary>
internal sealed class HostJson
{
    private readonly Dictionary<string, string> _values;

    private HostJson(Dictionary<string, string> values)
    {
        _values = values;
        if (Text("version", "") != "2.0") throw Wrong("version", "must be \"2.0\"");
        FunctionTimeout = Text("functionTimeout", "") == "-1" ? Timeout.InfiniteTimeSpan : Duration("functionTimeout", TimeSpan.FromMinutes(30));
        LogLevels = [.. Map("logging.logLevel.").Select(pair => KeyValuePair.Create(
            pair.Key,
            Enum.TryParse<LogLevel>(pair.Value, ignoreCase: true, out var level) ? level : throw Wrong($"logging.logLevel.{pair.Key}", "must be a log level")))];
        Http = new HttpSection(this);
        ServiceBus = new ServiceBusSection(this);
        if (ServiceBus.MinMessageBatchSize > ServiceBus.MaxMessageBatchSize)
            throw Wrong("extensions.serviceBus.minMessageBatchSize", "must not be above maxMessageBatchSize");
        if (ServiceBus.MaxBatchWaitTime > TimeSpan.FromSeconds(150)) throw Wrong("extensions.serviceBus.maxBatchWaitTime", "must be at most 00:02:30");
        if (Flag("concurrency.dynamicConcurrencyEnabled", false)) throw Wrong("concurrency.dynamicConcurrencyEnabled", "is not run locally");
    }

    public TimeSpan FunctionTimeout { get; }

    public HttpSection Http { get; }

    public ServiceBusSection ServiceBus { get; }

    /// <summary>The level of each log category.</summary>
    public IReadOnlyList<KeyValuePair<string, LogLevel>> LogLevels { get; }

    /// <exception cref="FunctionsHostStartException">The file is missing, or says what the Functions host does not know.</exception>
    public static HostJson Load(string path, AppSettings settings)
    {
        if (!File.Exists(path)) throw new FunctionsHostStartException($"host.json is not at {path}.");
        return Parse(File.ReadAllText(path), settings.Under("AzureFunctionsJobHost"));
    }

    public static HostJson Parse(string json, IEnumerable<KeyValuePair<string, string>>? overrides = null)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            Flatten(document.RootElement, "", values);
        }
        catch (JsonException ex)
        {
            throw new FunctionsHostStartException($"host.json cannot be read: {ex.Message}");
        }

        foreach (var (key, value) in overrides ?? []) values[key.Replace(':', '.')] = value;
        foreach (var key in values.Keys)
            if (!IsKnown(key)) throw new FunctionsHostStartException($"host.json: the key '{key}' is not one the Functions host knows.");
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

    private string Text(string key, string otherwise) => _values.GetValueOrDefault(key, otherwise);

    private bool Flag(string key, bool otherwise) => !_values.TryGetValue(key, out var text) ? otherwise
        : bool.TryParse(text, out var flag) ? flag
        : throw Wrong(key, "must be true or false");

    private int Number(string key, int otherwise, int least) => !_values.TryGetValue(key, out var text) ? otherwise
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least ? number
        : throw Wrong(key, $"must be a whole number, {least} or more");

    private TimeSpan Duration(string key, TimeSpan otherwise) => !_values.TryGetValue(key, out var text) ? otherwise
        : TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var duration) && duration > TimeSpan.Zero ? duration
        : throw Wrong(key, "must be a duration like 00:05:00");

    private IEnumerable<KeyValuePair<string, string>> Map(string prefix) => _values
        .Where(pair => pair.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        .Select(pair => KeyValuePair.Create(pair.Key[prefix.Length..], pair.Value));

    private FunctionsHostStartException Wrong(string key, string problem) => new($"host.json: '{key}' {problem} (it is '{Text(key, "")}').");

    internal sealed class HttpSection(HostJson host)
    {
        public string RoutePrefix { get; } = host.Text("extensions.http.routePrefix", "api").Trim('/');

        public int MaxOutstandingRequests { get; } = host.Number("extensions.http.maxOutstandingRequests", -1, -1);

        public int MaxConcurrentRequests { get; } = host.Number("extensions.http.maxConcurrentRequests", -1, -1);

        public KeyValuePair<string, string>[] CustomHeaders { get; } = [.. host.Map("extensions.http.customHeaders.")];
    }

    internal sealed class ServiceBusSection(HostJson host)
    {
        public bool AutoCompleteMessages { get; } = host.Flag("extensions.serviceBus.autoCompleteMessages", true);

        public int PrefetchCount { get; } = host.Number("extensions.serviceBus.prefetchCount", 0, 0);

        public int MaxConcurrentCalls { get; } = host.Number("extensions.serviceBus.maxConcurrentCalls", 16, 1);

        public int MaxMessageBatchSize { get; } = host.Number("extensions.serviceBus.maxMessageBatchSize", 1000, 1);

        public int MinMessageBatchSize { get; } = host.Number("extensions.serviceBus.minMessageBatchSize", 1, 1);

        public TimeSpan MaxBatchWaitTime { get; } = host.Duration("extensions.serviceBus.maxBatchWaitTime", TimeSpan.FromSeconds(30));

        public TimeSpan MaxAutoLockRenewalDuration { get; } = host.Duration("extensions.serviceBus.maxAutoLockRenewalDuration", TimeSpan.FromMinutes(5));

        public ServiceBusRetryOptions Retry { get; } = new()
        {
            // A broker on this machine comes back at once: shorter pauses than the cloud's defaults.
            Delay = host.Duration("extensions.serviceBus.clientRetryOptions.delay", TimeSpan.FromMilliseconds(100)),
            MaxDelay = host.Duration("extensions.serviceBus.clientRetryOptions.maxDelay", TimeSpan.FromSeconds(1)),
            TryTimeout = host.Duration("extensions.serviceBus.clientRetryOptions.tryTimeout", TimeSpan.FromSeconds(60)),
            MaxRetries = host.Number("extensions.serviceBus.clientRetryOptions.maxRetries", 3, 0),
        };
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

    private static readonly string[] Prefixes = ["logging.logLevel.", "extensions.http.customHeaders.", "extensions.http.hsts.excludedHosts."];
}
