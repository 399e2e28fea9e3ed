using System.Globalization;
using System.Xml;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Retention;
using EReferrals.Referrals.Values;
using EReferrals.Security.Keys;
using Microsoft.Extensions.Configuration;

namespace EReferrals;

/// <summary>All settings of the service, read once at start. Invalid settings stop the start; the exception lists all of them.</summary>
public sealed record Settings
{
    private const string DefaultPageContainer = "status";
    private const int DefaultPolls = 2;
    private const int DefaultRefusals = 60;
    private const string LocalOperators = "R69";
    private const string EveryOrganisation = "*";

    private static readonly Role[] PackReaders =
        [Role.ReferringClinician, Role.ReferringClinicianAdmin, Role.ServiceProviderClinician, Role.ServiceProviderClinicianAdmin];

    /// <summary>The storage account of the tables and attachments.</summary>
    public required StorageAccount Records { get; init; }

    /// <summary>The storage account of snapshots and packs. Separate from the records account, so that one outage cannot affect both.</summary>
    public required StorageAccount Contingency { get; init; }

    /// <summary>The write-once storage account of the audit trail. Defaults to the contingency account.</summary>
    public required StorageAccount Audit { get; init; }

    /// <summary>The write-once storage account for audit entries while the first is down. Defaults to the records account.</summary>
    public required StorageAccount AuditReserve { get; init; }

    public required ServiceBusNamespace ServiceBus { get; init; }

    public required TokenSettings Tokens { get; init; }

    /// <summary>Sign-in of the clinic's page.</summary>
    public WebSettings Web { get; init; } = WebSettings.NotSetUp;

    /// <summary>
    /// The ODS codes at which the role OPERATOR counts: <c>Operations__Organisations</c>, separated by commas. Required in Azure; with an emulator the
    /// default is R69.
    /// </summary>
    public required IReadOnlySet<string> OperatorOrganisations { get; init; }

    /// <summary>
    /// Whether a second operator must confirm what could do much harm: <c>Operations__SecondOperator</c>, <c>required</c> or <c>off</c>. Required unless
    /// set; with an emulator the default is off.
    /// </summary>
    public bool SecondOperatorRequired { get; init; } = true;

    /// <summary>
    /// The organisations whose services are shown without the approval of an operator: <c>Directory__TrustedOrganisations</c>, ODS codes separated by commas,
    /// or <c>*</c> for every organisation. None in Azure unless set; with an emulator the default is every organisation.
    /// </summary>
    public IReadOnlySet<string> TrustedOrganisations { get; init; } = new HashSet<string>();

    /// <summary>
    /// The roles that get links to contingency packs, as applications always do: <c>Contingency__LinkRoles</c>, separated by commas. Anyone who has a link has
    /// the pack. By default none in Azure, and with an emulator all that may read packs.
    /// </summary>
    public IReadOnlySet<Role> LinkRoles { get; init; } = new HashSet<Role>();

    /// <summary>
    /// The id of the Log Analytics workspace with the log of the contingency account: <c>Contingency__ReadLogWorkspace</c>. Null where there is no such log, as
    /// with an emulator; reads of packs by links are then not recorded.
    /// </summary>
    public Guid? ReadLogWorkspace { get; init; }

    /// <summary>
    /// <c>SafetyNet__{Waiting}__{Priority}</c>, such as <c>SafetyNet__Triaged__TwoWeekWait</c>: ISO 8601 durations; whole days are working days. For
    /// reviews also <c>SafetyNet__{Priority}After</c>, such as <c>SafetyNet__UrgentAfter</c>. The defaults are <see cref="SafetyNetRules.Defaults"/>.
    /// </summary>
    public SafetyNetRules SafetyNet { get; init; } = SafetyNetRules.Default;

    /// <summary>How far ahead of this service's clock a caller's instant may be without counting as in the future: <c>ClockTolerance</c> (PT5M).</summary>
    public TimeSpan ClockTolerance { get; init; } = Http.Requests.Present.Tolerance;

    /// <summary>How long a file may wait for the scanner before its referral shows a delay: <c>Attachments__ScanWithin</c> (PT30M).</summary>
    public TimeSpan ScanWithin { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// The keys that sign cursors, the newest first: <c>Cursors__Keys</c>, such as <c>2026-11-28:BASE64,2026-05-28:BASE64</c>. Null when they
    /// are missing or unreadable: the service then still accepts referrals and shows lists, so that is no reason not to start.
    /// </summary>
    public IReadOnlyList<DatedKey>? CursorKeys { get; init; }

    /// <summary>
    /// The keys of the digests of the audit trail, the newest first: <c>Audit__DigestKeys</c>, in the form of <c>Cursors__Keys</c>. All keys that were ever
    /// used, because the trail is searched with them. Null when they are missing or unreadable, which is no reason not to start.
    /// </summary>
    public IReadOnlyList<DatedKey>? DigestKeys { get; init; }

    /// <summary>How long data is kept: <c>Retention__{Setting}</c> in days, see <see cref="RetentionTable"/>.</summary>
    public RetentionPeriods Retention { get; init; } = RetentionPeriods.Default;

    /// <summary>What the sweeper does: <c>Retention__Sweep</c> (DryRun), which deletes nothing.</summary>
    public SweepMode Sweep { get; init; } = SweepMode.DryRun;

    /// <summary>The key that monitors send to <c>/_status</c>; null refuses every request to it.</summary>
    public string? MonitoringKey { get; init; }

    /// <summary>Whom to tell about a weakness of the service; null when the settings do not say.</summary>
    public SecurityContact? SecurityContact { get; init; }

    /// <summary>The rate limit for each caller and organisation; null for none.</summary>
    public RateLimitSettings? RateLimit { get; init; }

    /// <summary>
    /// How often a subject, or an address without a valid token, may be refused in a minute before it gets 429: <c>Security__RefusalsPerMinute</c> (60); 0 for
    /// no limit, which is null here.
    /// </summary>
    public int? RefusalsPerMinute { get; init; } = DefaultRefusals;

    /// <summary>
    /// The number of own proxies in front of the service, each of which appends a hop to <c>X-Forwarded-For</c>: <c>Security__TrustedProxies</c> (0).
    /// </summary>
    public int TrustedProxies { get; init; }

    /// <summary>
    /// The address in the links of the e-RS API: <c>Ers__PublicAddress</c>, such as <c>https://ers.example.org</c>. Null for the host that the request names.
    /// </summary>
    public Uri? PublicAddress { get; init; }

    /// <summary>
    /// How often an application may poll the worklists of a service each day through the e-RS API: <c>Ers__PollsPerServiceAndDay</c> (2); 0 for no limit,
    /// which is null here.
    /// </summary>
    public int? PollsPerServiceAndDay { get; init; } = DefaultPolls;

    /// <summary>The container of the status page's files in the contingency account: <c>$web</c> when that account serves a static website.</summary>
    public string StatusPageContainer { get; init; } = DefaultPageContainer;

    /// <summary>Whether the service sends a test referral through all its stages every minute.</summary>
    public bool CanaryEnabled { get; init; } = true;

    /// <summary>The client id of the user-assigned identity; null on a developer's machine.</summary>
    public string? IdentityClientId { get; init; }

    public bool Trusts(string organisation) => TrustedOrganisations.Contains(EveryOrganisation) || TrustedOrganisations.Contains(organisation);

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
            Tokens = TokenSettings.From(configuration.GetSection("Security"), problems) with
            {
                UserLifetime = DurationOf(configuration, "Security:UserLifetime", TimeSpan.FromHours(1), problems),
                ApplicationLifetime = DurationOf(configuration, "Security:ApplicationLifetime", TimeSpan.FromHours(24), problems),
            },
            Web = WebSettings.From(configuration.GetSection("Web")),
            OperatorOrganisations = OperatorsOf(configuration, isLocal: records.ConnectionString is not null, problems),
            SecondOperatorRequired = IsSecondOperatorRequired(configuration, isLocal: records.ConnectionString is not null, problems),
            TrustedOrganisations = TrustedOf(configuration, isLocal: records.ConnectionString is not null, problems),
            LinkRoles = LinkRolesOf(configuration, isLocal: records.ConnectionString is not null, problems),
            ReadLogWorkspace = ReadLogWorkspaceOf(configuration, problems),
            SafetyNet = new SafetyNetRules(SafetyNetRules.Defaults.ToDictionary(
                row => row.Key, row => AllowanceOf(configuration, row.Key.Item1, row.Key.Item2, row.Value, problems))),
            ScanWithin = DurationOf(configuration, "Attachments:ScanWithin", TimeSpan.FromMinutes(30), problems),
            ClockTolerance = DurationOf(configuration, "ClockTolerance", Http.Requests.Present.Tolerance, problems),
            CursorKeys = DatedKey.ListFrom(SecretOf(configuration["Cursors:Keys"]) ?? ""),
            DigestKeys = DatedKey.ListFrom(SecretOf(configuration["Audit:DigestKeys"]) ?? ""),
            Retention = RetentionPeriods.From(name => configuration[$"Retention:{name}"], problems),
            Sweep = SweepOf(configuration, problems),
            MonitoringKey = SecretOf(configuration["Status:MonitoringKey"]),
            SecurityContact = SecurityContact.From(configuration.GetSection("Security"), problems),
            RateLimit = RateLimitSettings.From(configuration.GetSection("RateLimit"), problems),
            RefusalsPerMinute = NumberOf(configuration, "Security:RefusalsPerMinute", DefaultRefusals, problems) is var refusals and > 0 ? refusals : null,
            TrustedProxies = NumberOf(configuration, "Security:TrustedProxies", otherwise: 0, problems),
            PublicAddress = PublicAddressOf(configuration, problems),
            PollsPerServiceAndDay = NumberOf(configuration, "Ers:PollsPerServiceAndDay", DefaultPolls, problems) is var polls and > 0 ? polls : null,
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

    // The platform passes on a reference that it cannot resolve. That text is no secret, so it must not be a key.
    private static string? SecretOf(string? value) => value?.StartsWith("@Microsoft.KeyVault(", StringComparison.OrdinalIgnoreCase) == true ? null : value;

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

        problems.Add($"{name.Replace(":", "__", StringComparison.Ordinal)} must be a duration, such as PT24H.");
        return otherwise;
    }

    private static HashSet<string> OperatorsOf(IConfiguration configuration, bool isLocal, List<string> problems)
    {
        var text = configuration["Operations:Organisations"] ?? (isLocal ? LocalOperators : "");
        var codes = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (codes.Length == 0 || codes.Any(code => !Identifiers.IsOdsCode(code)))
        {
            problems.Add("Set Operations__Organisations to the ODS codes of the organisations that operate the service, such as X26,R69.");
        }

        return codes.ToHashSet(StringComparer.Ordinal);
    }

    private static bool IsSecondOperatorRequired(IConfiguration configuration, bool isLocal, List<string> problems)
    {
        const string required = "required";
        var text = configuration["Operations:SecondOperator"] ?? (isLocal ? "off" : required);
        if (text is not (required or "off")) problems.Add("Operations__SecondOperator must be required or off.");
        return text == required;
    }

    private static HashSet<string> TrustedOf(IConfiguration configuration, bool isLocal, List<string> problems)
    {
        var text = configuration["Directory:TrustedOrganisations"] ?? (isLocal ? EveryOrganisation : "");
        var codes = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (codes is not [EveryOrganisation] && codes.Any(code => !Identifiers.IsOdsCode(code)))
        {
            problems.Add("Directory__TrustedOrganisations must be ODS codes, such as X26,R69, or * for every organisation.");
        }

        return codes.ToHashSet(StringComparer.Ordinal);
    }

    private static HashSet<Role> LinkRolesOf(IConfiguration configuration, bool isLocal, List<string> problems)
    {
        if (configuration["Contingency:LinkRoles"] is not { } text) return isLocal ? [.. PackReaders] : [];
        var codes = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var roles = codes.Select(code => Code.TryParse<Role>(code, out var role) && PackReaders.Contains(role) ? role : (Role?)null).ToArray();
        if (roles.Contains(null)) problems.Add($"Contingency__LinkRoles may name {string.Join(", ", PackReaders.Select(Code.From))}.");
        return [.. roles.OfType<Role>()];
    }

    private static Guid? ReadLogWorkspaceOf(IConfiguration configuration, List<string> problems)
    {
        if (configuration["Contingency:ReadLogWorkspace"] is not { Length: > 0 } text) return null;
        if (Guid.TryParseExact(text, "D", out var workspace)) return workspace;
        problems.Add("Contingency__ReadLogWorkspace must be the id of a workspace, such as 7e6f5d4c-3b2a-4190-8877-665544332211.");
        return null;
    }

    private static Allowance AllowanceOf(IConfiguration configuration, Waiting waiting, Priority priority, Allowance otherwise, List<string> problems)
    {
        string[] names = waiting == Waiting.Review ? [$"SafetyNet:{waiting}:{priority}", $"SafetyNet:{priority}After"] : [$"SafetyNet:{waiting}:{priority}"];
        if (names.FirstOrDefault(name => configuration[name] is not null) is not { } settingName) return otherwise;
        if (Allowance.Parse(configuration[settingName]!) is { } allowance) return allowance;
        problems.Add($"{settingName.Replace(":", "__", StringComparison.Ordinal)} must be a duration, such as PT24H, or P2D for two working days.");
        return otherwise;
    }

    private static int NumberOf(IConfiguration configuration, string name, int otherwise, List<string> problems)
    {
        if (configuration[name] is not { Length: > 0 } text) return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        problems.Add($"{name.Replace(":", "__", StringComparison.Ordinal)} must be a whole number, 0 or more.");
        return otherwise;
    }

    private static Uri? PublicAddressOf(IConfiguration configuration, List<string> problems)
    {
        if (configuration["Ers:PublicAddress"] is not { Length: > 0 } text) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps && address.PathAndQuery == "/") return address;
        problems.Add("Ers__PublicAddress must be an https URL without a path, such as https://ers.example.org.");
        return null;
    }

    private static SweepMode SweepOf(IConfiguration configuration, List<string> problems)
    {
        if (configuration["Retention:Sweep"] is not { } text) return SweepMode.DryRun;
        if (Enum.GetNames<SweepMode>().Contains(text)) return Enum.Parse<SweepMode>(text);
        problems.Add("Retention__Sweep must be Off, DryRun or On.");
        return SweepMode.Off;
    }

    private static bool Flag(IConfiguration configuration, string name, bool otherwise, List<string> problems)
    {
        if (configuration[name] is not { } text) return otherwise;
        if (bool.TryParse(text, out var flag)) return flag;
        problems.Add($"{name.Replace(":", "__", StringComparison.Ordinal)} must be true or false.");
        return otherwise;
    }
}

/// <summary>A connection string (local emulator), or endpoints that the identity has access to.</summary>
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
        problems.Add($"{section.Key}__{name} must be an absolute URL.");
        return null;
    }
}

/// <summary>A connection string (emulator), or a namespace that the identity has access to.</summary>
/// <param name="AdministrationConnectionString">
/// The connection string for the administration of queues, which an emulator serves on another port: the setting <c>ServiceBusAdministration</c>. Defaults
/// to the connection string.
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

/// <param name="MetadataAddress">The URL of the issuer's OpenID configuration, which names the signing keys.</param>
public sealed record TokenSettings(string Issuer, string Audience, Uri MetadataAddress)
{
    /// <summary>The longest lifetime of a user's token: <c>Security__UserLifetime</c> (PT1H).</summary>
    public TimeSpan UserLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The longest lifetime of an application's token: <c>Security__ApplicationLifetime</c> (PT24H).</summary>
    public TimeSpan ApplicationLifetime { get; init; } = TimeSpan.FromHours(24);

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

        problems.Add($"{section.Key}__MetadataAddress must be an https URL.");
        return new TokenSettings(issuer, Required("Audience"), new Uri("https://invalid.invalid"));
    }
}

/// <summary>Whom to tell about a weakness of the service, in the form of RFC 9116.</summary>
/// <param name="Address"><c>Security__Contact</c>: a URL with <c>https</c>, <c>mailto</c> or <c>tel</c>.</param>
/// <param name="Expires"><c>Security__ContactExpires</c>: until when the address is certain, at most a year ahead.</param>
public sealed record SecurityContact(Uri Address, DateTimeOffset Expires)
{
    internal static SecurityContact? From(IConfigurationSection section, List<string> problems)
    {
        var (address, expires) = (section["Contact"], section["ContactExpires"]);
        if (string.IsNullOrEmpty(address) && string.IsNullOrEmpty(expires)) return null;
        if (Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "mailto" or "tel"
            && DateTimeOffset.TryParse(expires, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
        {
            return new SecurityContact(uri!, instant.ToUniversalTime());
        }

        problems.Add($"Set both {section.Key}__Contact, such as mailto:security@example.org, and {section.Key}__ContactExpires, such as 2027-06-30T00:00:00Z.");
        return null;
    }
}

/// <summary>How users of the clinic's page sign in at the issuer.</summary>
/// <param name="ClientId"><c>Web__ClientId</c>: the page's registration at the issuer; null when there is none, and the page says so.</param>
/// <param name="Scopes"><c>Web__Scopes</c>: the scopes that the page asks for, separated by spaces. They must yield a token for this service.</param>
public sealed record WebSettings(string? ClientId, string Scopes)
{
    public static WebSettings NotSetUp { get; } = new(null, "openid");

    internal static WebSettings From(IConfigurationSection section) => new(
        section["ClientId"] is { Length: > 0 } clientId ? clientId : null,
        section["Scopes"] is { Length: > 0 } scopes ? scopes : NotSetUp.Scopes);
}

/// <summary>The rate limit of each caller for each organisation.</summary>
/// <param name="Burst">The number of requests allowed at once.</param>
public sealed record RateLimitSettings(double RequestsPerSecond, int Burst)
{
    internal static RateLimitSettings? From(IConfigurationSection section, List<string> problems)
    {
        var (rateText, burstText) = (section["RequestsPerSecond"], section["Burst"]);
        if (string.IsNullOrEmpty(rateText) && string.IsNullOrEmpty(burstText)) return null;
        if (!double.TryParse(rateText, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate) || rate is not (> 0 and <= 1_000_000))
        {
            problems.Add($"{section.Key}__RequestsPerSecond must be a number above 0 and at most 1000000.");
            return null;
        }

        // The default is the requests of two seconds.
        if (string.IsNullOrEmpty(burstText)) return new RateLimitSettings(rate, Math.Max(1, (int)(2 * rate)));
        if (int.TryParse(burstText, NumberStyles.None, CultureInfo.InvariantCulture, out var burst) && burst >= 1) return new RateLimitSettings(rate, burst);
        problems.Add($"{section.Key}__Burst must be a whole number, 1 or more.");
        return null;
    }
}
