using System.Globalization;
using System.Xml;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using Microsoft.Extensions.Configuration;

namespace EReferrals;

/// <summary>Every setting of the product, read once at start. An unusable setting stops the start and names all that are wrong.</summary>
public sealed record Settings
{
    private const string DefaultPageContainer = "status";

    /// <summary>The storage account of the tables and of the attachments.</summary>
    public required StorageAccount Records { get; init; }

    /// <summary>The storage account of snapshots and packs: another one, so that one outage cannot take both.</summary>
    public required StorageAccount Contingency { get; init; }

    /// <summary>The write-once account of the audit trail. By itself the contingency account.</summary>
    public required StorageAccount Audit { get; init; }

    /// <summary>The write-once account that takes audit entries while the first is down. By itself the records account.</summary>
    public required StorageAccount AuditReserve { get; init; }

    public required ServiceBusNamespace ServiceBus { get; init; }

    public required TokenSettings Tokens { get; init; }

    /// <summary>
    /// <c>SafetyNet__{Waiting}__{Priority}</c>, such as <c>SafetyNet__Triaged__TwoWeekWait</c>: ISO 8601 durations, whole days being working days. For
    /// reviews <c>SafetyNet__TwoWeekWaitAfter</c> and <c>SafetyNet__UrgentAfter</c> too. What is not set is as in <see cref="SafetyNet.Defaults"/>.
    /// </summary>
    public SafetyNetRules SafetyNet { get; init; } = SafetyNetRules.Default;

    /// <summary>How far ahead of our clock an instant of a caller may lie that is not in the future: <c>ClockTolerance</c> (PT5M).</summary>
    public TimeSpan ClockTolerance { get; init; } = Http.Requests.Present.Tolerance;

    /// <summary>How long a file may wait for the scanner before its referral says so: <c>Attachments__ScanWithin</c> (PT30M).</summary>
    public TimeSpan ScanWithin { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Opens <c>/_status</c>; null closes it.</summary>
    public string? MonitoringKey { get; init; }

    /// <summary>Null limits nobody.</summary>
    public RateLimitSettings? RateLimit { get; init; }

    /// <summary>Where the status page is written as files, in the contingency account: <c>$web</c> where that serves a static website.</summary>
    public string StatusPageContainer { get; init; } = DefaultPageContainer;

    /// <summary>Whether a test referral travels the whole way every minute.</summary>
    public bool CanaryEnabled { get; init; } = true;

    /// <summary>Client id of the user-assigned identity; null on a developer's machine.</summary>
    public string? IdentityClientId { get; init; }

    public static Settings From(IConfiguration configuration)
    {
        var problems = new List<string>();
        var records = StorageAccount.From(configuration.GetSection("Records"), needsTables: true, problems);
        var contingency = StorageAccount.From(configuration.GetSection("Contingency"), needsTables: false, problems);
        var settings = new Settings
        {
            Records = records,
            Contingency = contingency,
            Audit = AccountOf(configuration, "Audit", otherwise: contingency, problems),
            AuditReserve = AccountOf(configuration, "AuditReserve", otherwise: records, problems),
            ServiceBus = ServiceBusNamespace.From(configuration, problems),
            Tokens = TokenSettings.From(configuration.GetSection("Security"), problems),
            SafetyNet = new SafetyNetRules(SafetyNetRules.Defaults.ToDictionary(
                row => row.Key, row => AllowanceOf(configuration, row.Key.Item1, row.Key.Item2, row.Value, problems))),
            ScanWithin = DurationOf(configuration, "Attachments:ScanWithin", TimeSpan.FromMinutes(30), problems),
            ClockTolerance = DurationOf(configuration, "ClockTolerance", Http.Requests.Present.Tolerance, problems),
            MonitoringKey = configuration["Status:MonitoringKey"],
            RateLimit = RateLimitSettings.From(configuration.GetSection("RateLimit"), problems),
            StatusPageContainer = configuration["Status:PageContainer"] ?? DefaultPageContainer,
            CanaryEnabled = Flag(configuration, "Canary:Enabled", otherwise: true, problems),
            IdentityClientId = configuration["AZURE_CLIENT_ID"],
        };
        return problems.Count == 0
            ? settings
            : throw new InvalidOperationException($"The service cannot start: {string.Join(" ", problems)}");
    }

    private static StorageAccount AccountOf(IConfiguration configuration, string name, StorageAccount otherwise, List<string> problems) =>
        configuration[$"{name}:BlobEndpoint"] is null ? otherwise : StorageAccount.From(configuration.GetSection(name), needsTables: false, problems);

    private static TimeSpan DurationOf(IConfiguration configuration, string name, TimeSpan otherwise, List<string> problems)
    {
        if (configuration[name] is not { } text) return otherwise;
        try
        {
            if (XmlConvert.ToTimeSpan(text) is { Ticks: > 0 } duration) return duration;
        }
        catch (FormatException)
        {
        }

        problems.Add($"{name.Replace(":", "__", StringComparison.Ordinal)} is a duration such as PT24H.");
        return otherwise;
    }

    private static Allowance AllowanceOf(IConfiguration configuration, Waiting waiting, Priority priority, Allowance otherwise, List<string> problems)
    {
        string[] names = waiting == Waiting.Review ? [$"SafetyNet:{waiting}:{priority}", $"SafetyNet:{priority}After"] : [$"SafetyNet:{waiting}:{priority}"];
        if (names.FirstOrDefault(name => configuration[name] is not null) is not { } given) return otherwise;
        if (Allowance.Parse(configuration[given]!) is { } allowance) return allowance;
        problems.Add($"{given.Replace(":", "__", StringComparison.Ordinal)} is a duration such as PT24H, or P2D for working days.");
        return otherwise;
    }

    private static bool Flag(IConfiguration configuration, string name, bool otherwise, List<string> problems)
    {
        if (configuration[name] is not { } text) return otherwise;
        if (bool.TryParse(text, out var flag)) return flag;
        problems.Add($"{name.Replace(":", "__", StringComparison.Ordinal)} is true or false.");
        return otherwise;
    }
}

/// <summary>Either a connection string (local emulator) or endpoints that are opened with the identity.</summary>
public sealed record StorageAccount(string? ConnectionString, Uri? TableEndpoint, Uri? BlobEndpoint)
{
    internal static StorageAccount From(IConfigurationSection section, bool needsTables, List<string> problems)
    {
        var account = new StorageAccount(
            section["ConnectionString"], EndpointOf(section, "TableEndpoint", problems), EndpointOf(section, "BlobEndpoint", problems));
        if (account.ConnectionString is not null) return account;
        if (needsTables && account.TableEndpoint is null) problems.Add($"Set {section.Key}__TableEndpoint.");
        if (account.BlobEndpoint is null) problems.Add($"Set {section.Key}__BlobEndpoint.");
        return account;
    }

    private static Uri? EndpointOf(IConfigurationSection section, string name, List<string> problems)
    {
        if (section[name] is not { } text) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var endpoint)) return endpoint;
        problems.Add($"{section.Key}__{name} is not a URL.");
        return null;
    }
}

/// <summary>Either a connection string (emulator) or a namespace that is opened with the identity.</summary>
/// <param name="AdministrationConnectionString">
/// An emulator is asked about its queues on another port: the setting <c>ServiceBusAdministration</c>. The same as the connection string when that is not set.
/// </param>
public sealed record ServiceBusNamespace(string? ConnectionString, string? FullyQualifiedNamespace, string? AdministrationConnectionString = null)
{
    internal static ServiceBusNamespace From(IConfiguration configuration, List<string> problems)
    {
        var section = configuration.GetSection("ServiceBusConnection");
        var connection = new ServiceBusNamespace(
            section.Value, section["fullyQualifiedNamespace"], configuration["ServiceBusAdministration"] ?? section.Value);
        if (connection is { ConnectionString: null, FullyQualifiedNamespace: null })
        {
            problems.Add("Set ServiceBusConnection__fullyQualifiedNamespace.");
        }

        return connection;
    }
}

/// <param name="MetadataAddress">Where the issuer's OpenID configuration is; it names the signing keys.</param>
public sealed record TokenSettings(string Issuer, string Audience, Uri MetadataAddress)
{
    internal static TokenSettings From(IConfigurationSection section, List<string> problems)
    {
        string Required(string name)
        {
            if (section[name] is { Length: > 0 } value) return value;
            problems.Add($"Set {section.Key}__{name}.");
            return "";
        }

        var issuer = Required("Issuer");
        var address = section["MetadataAddress"] ?? $"{issuer.TrimEnd('/')}/.well-known/openid-configuration";
        if (Uri.TryCreate(address, UriKind.Absolute, out var metadata) && (metadata.Scheme == Uri.UriSchemeHttps || metadata.IsLoopback))
        {
            return new TokenSettings(issuer, Required("Audience"), metadata);
        }

        problems.Add($"{section.Key}__MetadataAddress is an https URL.");
        return new TokenSettings(issuer, Required("Audience"), new Uri("https://invalid.invalid"));
    }
}

/// <summary>What each caller may send for each organisation.</summary>
/// <param name="Burst">How many requests at once.</param>
public sealed record RateLimitSettings(double RequestsPerSecond, int Burst)
{
    internal static RateLimitSettings? From(IConfigurationSection section, List<string> problems)
    {
        var (rateText, burstText) = (section["RequestsPerSecond"], section["Burst"]);
        if (string.IsNullOrEmpty(rateText) && string.IsNullOrEmpty(burstText)) return null;
        if (!double.TryParse(rateText, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate) || rate is not (> 0 and <= 1_000_000))
        {
            problems.Add($"{section.Key}__RequestsPerSecond is a number above 0.");
            return null;
        }

        // Two seconds' worth, when nothing else is said.
        if (string.IsNullOrEmpty(burstText)) return new RateLimitSettings(rate, Math.Max(1, (int)(2 * rate)));
        if (int.TryParse(burstText, NumberStyles.None, CultureInfo.InvariantCulture, out var burst) && burst >= 1) return new RateLimitSettings(rate, burst);
        problems.Add($"{section.Key}__Burst is a whole number, 1 or more.");
        return null;
    }
}
