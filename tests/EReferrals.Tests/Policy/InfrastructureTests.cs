using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using EReferrals.Messaging;
using EReferrals.Storage;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace EReferrals.Tests.Policy;

/// <summary>Holds the templates to the policy and to the product. It reads Bicep; it does not compile it.</summary>
public sealed partial class InfrastructureTests
{
    private static readonly string Infra = Path.Combine(Repository.Root, "infra");

    private static readonly BicepFile[] Files =
    [
        BicepFile.Of("main.bicep", Read("main.bicep")),
        .. System.IO.Directory.EnumerateFiles(Path.Combine(Infra, "modules"), "*.bicep")
            .Select(path => BicepFile.Of(Path.GetFileName(path), File.ReadAllText(path))),
    ];

    [Fact]
    public void No_template_allows_keys_public_blobs_old_TLS_wide_roles_or_silent_alerts() => Assert.Empty(InfrastructureRules.Findings(Files));

    [Theory]
    [InlineData("storage-account.bicep", "allowSharedKeyAccess: false", "allowSharedKeyAccess: true")]
    [InlineData("storage-account.bicep", "    allowBlobPublicAccess: false\n", "")]
    [InlineData("storage-account.bicep", "publicAccess: 'None'", "publicAccess: 'Blob'")]
    [InlineData("storage-account.bicep", "'TLS1_2'", "'TLS1_0'")]
    [InlineData("messaging.bicep", "disableLocalAuth: true", "disableLocalAuth: false // for now")]
    [InlineData("messaging.bicep", "minimumTlsVersion: '1.2'", "minimumTlsVersion: '1.1'")]
    [InlineData("messaging.bicep", "deadLetteringOnMessageExpiration: true", "autoDeleteOnIdle: 'P1D'")]
    [InlineData("messaging.bicep", "scope: queues[index]", "scope: namespace")]
    [InlineData("storage-access.bicep", "scope: grantedTables[index]", "scope: account")]
    [InlineData("monitoring.bicep", "  scope: component\n", "")]
    [InlineData("scanning.bicep", "scope: namespace::verdicts", "scope: namespace")]
    [InlineData("main.bicep", "accountName: hostStorage.outputs.name\n    principalId", "accountName: records.outputs.name\n    principalId")]
    [InlineData("app.bicep", "minTlsVersion: '1.2'", "minTlsVersion: '1.0'")]
    [InlineData("app.bicep", "allow: false", "allow: true")]
    [InlineData("app.bicep", "component.properties.ConnectionString", "hostAccount.listKeys().keys[0].value")]
    [InlineData("alerts.bicep", "actions: [{ actionGroupId: actionGroupId }]", "actions: []")]
    [InlineData("alerts.bicep", "actions: { actionGroups: [alert.severity < 2 ? pagerGroupId : actionGroupId] }", "")]
    [InlineData("budget.bicep", "contactGroups: [actionGroupId]", "contactGroups: []")]
    public void The_policy_finds_a_template_that_breaks_it(string file, string written, string instead)
    {
        var broken = Files.Select(each => each.Name == file ? BicepFile.Of(file, each.Text.Replace(written, instead, StringComparison.Ordinal)) : each);

        Assert.NotEmpty(InfrastructureRules.Findings([.. broken]));
    }

    [Fact]
    public void Azure_and_the_local_broker_have_the_queues_of_messaging_json()
    {
        var queues = Files.SelectMany(file => file.Resources).Where(resource => resource.Is("Microsoft.ServiceBus/namespaces/queues")).ToList();
        var messaging = Files.Single(file => file.Name == "messaging.bicep").Text;

        // The one declaration is a loop over the file; ArchitectureTests hold the product's names to the same file.
        Assert.Equal("queue.name", Assert.Single(queues)["name"]);
        Assert.Contains("var queueDefinitions = loadJsonContent('../messaging.json').queues", messaging, StringComparison.Ordinal);
        Assert.Contains("= [for queue in queueDefinitions: {", messaging, StringComparison.Ordinal);
        Assert.Equal(Read("messaging.json"), File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "messaging.json")));
    }

    [Fact]
    public void Azure_takes_over_every_property_of_a_queue()
    {
        var queue = Files.SelectMany(file => file.Resources).Single(resource => resource.Is("Microsoft.ServiceBus/namespaces/queues"));
        using var messaging = JsonDocument.Parse(Read("messaging.json"));
        var written = messaging.RootElement.GetProperty("queues").EnumerateArray()
            .SelectMany(definition => definition.EnumerateObject().Select(property => property.Name)).Distinct().Where(name => name != "name");

        Assert.All(written, name => Assert.Matches($@"^queue\.\??{name}\b", queue[$"properties.{name}"] ?? "unset"));
    }

    [Fact]
    public void Azure_has_the_tables_that_the_product_uses() =>
        Assert.Equal(TableKeys.AllTables.Order(StringComparer.Ordinal), Stores("tables").Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("Records", "recordsContainers")]
    [InlineData("Contingency", "contingencyContainers")]
    public void Azure_has_the_containers_that_the_product_makes_in_an_emulator(string account, string list)
    {
        var startup = File.ReadAllText(Path.Combine(Repository.Root, "functions", "EReferrals", "Storage", "StoreStartup.cs"));
        var made = MadeContainers().Matches(startup).Where(match => match.Groups[1].Value == account)
            .Select(match => (string)typeof(Containers).GetField(match.Groups[2].Value)!.GetRawConstantValue()!).ToHashSet();

        Assert.NotEmpty(made);
        Assert.Subset(Stores(list).ToHashSet(), made);
    }

    [Fact]
    public void Alerts_and_workbook_read_instruments_that_the_service_has()
    {
        var telemetry = File.ReadAllText(Path.Combine(Repository.Root, "functions", "EReferrals", "Telemetry.cs"));
        var read = new[] { Path.Combine("modules", "alerts.bicep"), "workbook.json" }.SelectMany(file => Instruments().Matches(Read(file)));

        Assert.All(read, instrument => Assert.Contains($"\"{instrument.Value}\"", telemetry, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_queue_that_a_template_names_exists()
    {
        var named = Files.SelectMany(file => QueueNames().Matches(file.Text)).Select(match => match.Groups[1].Value).Where(name => name != "*");

        Assert.Subset(Queues.All.ToHashSet(), named.ToHashSet());
    }

    [Fact]
    public void Functions_that_are_kept_ready_exist()
    {
        var functions = typeof(Composition).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Select(method => method.GetCustomAttribute<FunctionAttribute>()?.Name).OfType<string>().ToHashSet();
        var ready = Files.SelectMany(file => ReadyFunctions().Matches(file.Text)).Select(match => match.Groups[1].Value).ToHashSet();

        Assert.NotEmpty(ready);
        Assert.Subset(functions, ready);
    }

    /// <summary>Asks the product which settings it reads and the template which ones it sets.</summary>
    [Fact]
    public void The_app_is_given_exactly_the_settings_that_the_product_and_its_platform_read()
    {
        string[] platforms =
        [
            "AzureWebJobsStorage__accountName", "AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId",
            "ServiceBusConnection__credential", "ServiceBusConnection__clientId",
            "APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        ];
        // A connection string holds a key, and the contingency account has no tables.
        string[] local = ["Records__ConnectionString", "Contingency__ConnectionString", "Contingency__TableEndpoint", "ServiceBusConnection"];

        Assert.Equal(
            SettingsThatAreRead().Except(local).Concat(Awaited).Distinct().Order(StringComparer.Ordinal),
            SettingsThatAreSet().Except(platforms).Order(StringComparer.Ordinal));
    }

    // Set already, for code that comes with the safety net, the canary and the limits.
    private static readonly string[] Awaited =
    [
        "RateLimit__RequestsPerSecond", "RateLimit__Burst", "SafetyNet__UrgentAfter", "SafetyNet__TwoWeekWaitAfter", "Canary__Enabled", "Status__PageContainer",
    ];

    [Fact]
    public void The_README_has_every_parameter_with_its_defaults()
    {
        var rows = ParameterRows().Matches(Read("README.md")).Select(row => $"{row.Groups[1].Value}: {row.Groups[2].Value}, {row.Groups[3].Value}");
        var declared = Parameters().Matches(Files[0].Text).Select(parameter =>
        {
            var (test, production) = Defaults(parameter.Groups[1].Value, parameter.Groups[2].Value.Trim());
            return $"{parameter.Groups[1].Value}: {test}, {production}";
        });

        Assert.Equal(declared, rows);
    }

    private static (string Test, string Production) Defaults(string name, string written)
    {
        if (name == "stage") return ("`test`", "`production`");
        if (written.Length == 0) return ("asked", "asked");
        if (written.StartsWith("utcNow", StringComparison.Ordinal)) return ("this month", "this month");
        if (written == "stage == 'production'") return ("`false`", "`true`");
        var byStage = ByStage().Match(written);
        return byStage.Success ? ($"`{byStage.Groups[2].Value}`", $"`{byStage.Groups[1].Value}`") : ($"`{written}`", $"`{written}`");
    }

    [Fact]
    public void The_runbook_has_a_section_for_every_alert_and_for_no_other()
    {
        var alerts = Files.Single(file => file.Name == "alerts.bicep").Text;
        var names = AlertNames().Matches(alerts).Select(match => match.Groups[1].Value + match.Groups[2].Value).Concat(["unreachable-ping", "unreachable-ready", "records-storage", "contingency-storage"]);
        var sections = Sections().Matches(Read("RUNBOOK.md")).SelectMany(match => match.Groups[1].Value.Split(", ")).Select(name => name.Trim('`'));

        Assert.Equal(names.Order(StringComparer.Ordinal), sections.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> SettingsThatAreRead()
    {
        var asked = new Asked(new MemoryConfigurationSource
        {
            InitialData = SettingsThatAreSet().ToDictionary(name => name.Replace("__", ":", StringComparison.Ordinal), name => (string?)ValueFor(name)),
        });
        using var configuration = new ConfigurationRoot([asked]);
        Settings.From(configuration);
        return asked.Names.Select(name => name.Replace(":", "__", StringComparison.Ordinal));
    }

    private static string ValueFor(string name) => name switch
    {
        _ when name.EndsWith("Endpoint", StringComparison.Ordinal) || name.EndsWith("Address", StringComparison.Ordinal) => "https://host.invalid",
        _ when name.EndsWith("After", StringComparison.Ordinal) => "1.00:00:00",
        _ when name.StartsWith("RateLimit", StringComparison.Ordinal) => "10",
        _ when name.EndsWith("Enabled", StringComparison.Ordinal) => "true",
        _ => "value",
    };

    private static IEnumerable<string> SettingsThatAreSet() =>
        SettingNames().Matches(Files.Single(file => file.Name == "app.bicep").Text).Select(match => match.Groups[1].Value);

    private static IEnumerable<string> Stores(string list)
    {
        using var stores = JsonDocument.Parse(Read("stores.json"));
        return [.. stores.RootElement.GetProperty(list).EnumerateArray().Select(name => name.GetString()!)];
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Infra, file));

    [GeneratedRegex(@"\b((?:[A-Z]\w*__\w+)|(?:AZURE|APPLICATIONINSIGHTS)_[A-Z_]+):")]
    private static partial Regex SettingNames();

    [GeneratedRegex(@"(?:queue: |values: \[|resource \w+ 'queues' existing = \{\s+name: )'([^']+)'")]
    private static partial Regex QueueNames();

    [GeneratedRegex(@"storage\.(Records|Contingency)Container\(Containers\.(\w+)\)")]
    private static partial Regex MadeContainers();

    [GeneratedRegex(@"\bereferrals\.[a-z_.]+[a-z]")]
    private static partial Regex Instruments();

    [GeneratedRegex(@"'function:(\w+)'")]
    private static partial Regex ReadyFunctions();

    [GeneratedRegex(@"^param (\w+) \w+(?: = (.+))?$", RegexOptions.Multiline)]
    private static partial Regex Parameters();

    [GeneratedRegex(@"^stage == 'production' \? (\S+) : (\S+)$")]
    private static partial Regex ByStage();

    [GeneratedRegex(@"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|[^|]*\|[^|]*\|$", RegexOptions.Multiline)]
    private static partial Regex ParameterRows();

    // Named in a list, or followed by the token that makes a name unique; what is measured outside has its own prefix.
    [GeneratedRegex(@"^ {4}name: '(?!ping|ready|records|contingency)([a-z-]+)'$|^  name: '([a-z-]+)-\$\{token\}'$", RegexOptions.Multiline)]
    private static partial Regex AlertNames();

    [GeneratedRegex(@"^### (`.+`)$", RegexOptions.Multiline)]
    private static partial Regex Sections();

    private sealed class Asked(MemoryConfigurationSource source) : MemoryConfigurationProvider(source)
    {
        public HashSet<string> Names { get; } = [];

        public override bool TryGet(string key, out string? value)
        {
            Names.Add(key);
            return base.TryGet(key, out value);
        }
    }
}
