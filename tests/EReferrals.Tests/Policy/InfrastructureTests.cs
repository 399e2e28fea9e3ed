using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage;
using EReferrals.Storage.Tables;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace EReferrals.Tests.Policy;

/// <summary>Checks the deployed resources against the policy and the product.</summary>
public sealed partial class InfrastructureTests
{
    private static readonly string[] AlertTypes =
    [
        "Microsoft.Insights/metricAlerts", "Microsoft.Insights/scheduledQueryRules", "Microsoft.AlertsManagement/smartDetectorAlertRules",
    ];

    private static Deployment Full => Deployment.Everything;

    [BicepTheory]
    [InlineData("test")]
    [InlineData("production")]
    public void No_deployment_allows_account_keys_public_blobs_old_TLS_wide_roles_or_silent_alerts(string stage) =>
        Assert.Empty(InfrastructureRules.Findings(Deployment.Of(stage)));

    [BicepTheory]
    [InlineData("Microsoft.Storage/storageAccounts", "\"allowSharedKeyAccess\":false", "\"allowSharedKeyAccess\":true")]
    [InlineData("Microsoft.Storage/storageAccounts", "\"allowBlobPublicAccess\":false,", "")]
    [InlineData("Microsoft.Storage/storageAccounts/blobServices/containers", "\"publicAccess\":\"None\"", "\"publicAccess\":\"Blob\"")]
    [InlineData("Microsoft.Storage/storageAccounts", "\"TLS1_2\"", "\"TLS1_0\"")]
    [InlineData("Microsoft.ServiceBus/namespaces", "\"disableLocalAuth\":true", "\"disableLocalAuth\":false")]
    [InlineData("Microsoft.ServiceBus/namespaces", "\"minimumTlsVersion\":\"1.2\"", "\"minimumTlsVersion\":\"1.1\"")]
    [InlineData("Microsoft.ServiceBus/namespaces/queues", "\"deadLetteringOnMessageExpiration\":true", "\"autoDeleteOnIdle\":\"P1D\"")]
    [InlineData("Microsoft.Authorization/roleAssignments", "/queues/referral-submitted',", "',")]
    [InlineData("Microsoft.Authorization/roleAssignments", "/tableServices/default/tables/Worklists',", "',")]
    [InlineData("Microsoft.Authorization/roleAssignments", "db58b8e5-c6ad-4a2a-8342-4190687cbf4a", "ba92f5b4-2d11-453d-a403-e96b0029c9fe")]
    [InlineData("Microsoft.Authorization/roleAssignments", "3b03c2da-16b3-4a49-8834-0f8130efdd3b", "73c42c96-874c-492b-b04d-ab87d138a893")]
    [InlineData("Microsoft.Authorization/roleAssignments", "\"condition\":", "\"description\":")]
    [InlineData("Microsoft.Authorization/roleAssignments", "/queues/attachment-scanned/providers", "/providers")]
    [InlineData("Microsoft.Authorization/roleAssignments", "/storageAccounts/sthost", "/storageAccounts/strec")]
    [InlineData("Microsoft.Web/sites", "\"minTlsVersion\":\"1.2\"", "\"minTlsVersion\":\"1.0\"")]
    [InlineData("Microsoft.Web/sites/basicPublishingCredentialsPolicies", "\"allow\":false", "\"allow\":true")]
    [InlineData("Microsoft.Web/sites/config", "reference(", "listKeys(")]
    [InlineData("Microsoft.Insights/metricAlerts", "\"actions\":[", "\"actions\":[],\"others\":[")]
    [InlineData("Microsoft.Insights/scheduledQueryRules", "\"actionGroups\":", "\"others\":")]
    [InlineData("Microsoft.Consumption/budgets", "\"contactGroups\":", "\"others\":")]
    public void The_policy_rejects_a_deployment_that_violates_it(string type, string written, string instead)
    {
        var broken = Deployment.Production.With(type, written, instead);

        Assert.NotEqual(Deployment.Production.Text, broken.Text);
        Assert.NotEmpty(InfrastructureRules.Findings(broken));
    }

    [BicepFact]
    public void The_policy_rejects_a_role_on_the_whole_resource_group()
    {
        var broken = Deployment.Production.With("Microsoft.Authorization/roleAssignments", "/providers/Microsoft.Insights/components/", "/");

        Assert.Contains(InfrastructureRules.Findings(broken), finding => finding.Contains("/resourceGroups/rg-name/", StringComparison.Ordinal));
    }

    [Fact]
    public void The_local_broker_has_the_queues_of_messaging_json() =>
        Assert.Equal(Read("messaging.json"), File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "messaging.json")));

    // ArchitectureTests compare the product's queue names with the same file.
    [BicepTheory]
    [InlineData("test")]
    [InlineData("production")]
    public void Azure_has_the_queues_of_messaging_json_with_every_property(string stage)
    {
        using var messaging = JsonDocument.Parse(Read("messaging.json"));
        var written = messaging.RootElement.GetProperty("queues").EnumerateArray().ToDictionary(queue => queue.GetProperty("name").GetString()!);
        var deployed = Deployment.Of(stage).Every("Microsoft.ServiceBus/namespaces/queues").ToDictionary(queue => queue.PlainName);

        Assert.Equal(written.Keys.Order(StringComparer.Ordinal), deployed.Keys.Order(StringComparer.Ordinal));
        Assert.All(
            written.SelectMany(queue => queue.Value.EnumerateObject().Where(property => property.Name != "name").Select(property => (queue.Key, property))),
            each => Assert.Equal(each.property.Value.GetRawText().Trim('"'), deployed[each.Key][$"properties.{each.property.Name}"]));
    }

    [Fact]
    public void Azure_has_the_tables_that_the_product_uses() =>
        Assert.Equal(TableKeys.AllTables.Order(StringComparer.Ordinal), Stores("tables").Order(StringComparer.Ordinal));

    [BicepFact]
    public void The_records_account_has_the_tables_of_stores_json_and_the_service_has_a_role_on_each()
    {
        var tables = Deployment.Production.Every("Microsoft.Storage/storageAccounts/tableServices/tables").ToList();
        var roles = Deployment.Production.Every("Microsoft.Authorization/roleAssignments").Select(role => role.Scope).ToHashSet();

        Assert.Equal(Stores("tables").Order(StringComparer.Ordinal), tables.Select(table => table.PlainName).Order(StringComparer.Ordinal));
        Assert.All(tables, table => Assert.Contains(table.Id, roles));
    }

    [Theory]
    [InlineData("Records", "recordsContainers")]
    [InlineData("Contingency", "contingencyContainers")]
    public void Azure_has_the_containers_that_the_product_creates_in_an_emulator(string account, string list)
    {
        var startup = File.ReadAllText(Path.Combine(Repository.Root, "functions", "EReferrals", "Storage", "StoreStartup.cs"));
        var made = MadeContainers().Matches(startup).Where(match => match.Groups[1].Value == account)
            .Select(match => (string)typeof(Containers).GetField(match.Groups[2].Value)!.GetRawConstantValue()!).ToHashSet();

        Assert.NotEmpty(made);
        Assert.Subset(Stores(list).ToHashSet(), made);
    }

    [BicepTheory]
    [InlineData("records", "recordsContainers")]
    [InlineData("contingency", "contingencyContainers")]
    [InlineData("audit", "auditContainers")]
    [InlineData("audit-reserve", "auditContainers")]
    public void The_account_has_the_containers_of_stores_json_and_the_service_has_a_role_on_each(string holds, string list)
    {
        var account = Deployment.Production.Every("Microsoft.Storage/storageAccounts").Single(each => each["tags.holds"] == holds).Id;
        var containers = Deployment.Production.Every("Microsoft.Storage/storageAccounts/blobServices/containers")
            .Where(each => each.Id.StartsWith($"{account}/", StringComparison.Ordinal)).ToDictionary(each => each.PlainName);
        var roles = Deployment.Production.Every("Microsoft.Authorization/roleAssignments").Select(role => role.Scope).ToHashSet();

        Assert.All(Stores(list), container => Assert.Contains(containers[container].Id, roles));
    }

    [BicepFact]
    public void Alerts_and_workbook_read_instruments_that_the_service_emits()
    {
        var telemetry = File.ReadAllText(Path.Combine(Repository.Root, "functions", "EReferrals", "Telemetry", "ServiceTelemetry.cs"));
        var read = Full.Resources.Where(resource => AlertTypes.Append("Microsoft.Insights/workbooks").Any(resource.Is))
            .SelectMany(resource => Instruments().Matches(resource.Text))
            .ToList();

        Assert.NotEmpty(read);
        Assert.All(read, instrument => Assert.Contains($"\"{instrument.Value}\"", telemetry, StringComparison.Ordinal));
    }

    [BicepFact]
    public void Every_queue_that_a_template_names_exists()
    {
        var watched = Full.Every(AlertTypes[0]).SelectMany(alert => alert.List("properties.criteria.allOf"))
            .SelectMany(criterion => criterion.TryGetProperty("dimensions", out var dimensions) ? dimensions.EnumerateArray().ToArray() : [])
            .SelectMany(dimension => dimension.GetProperty("values").EnumerateArray()).Select(value => value.GetString()!).Where(name => name != "*");
        var named = QueueNames().Matches(Full.Text).Select(match => match.Groups[1].Value);

        Assert.Subset(Queues.All.ToHashSet(), watched.Concat(named).ToHashSet());
        Assert.Contains(Queues.AuditPending, watched);
    }

    [BicepFact]
    public void Always_ready_functions_exist()
    {
        var functions = typeof(EReferrals.Program).Assembly.GetTypes().SelectMany(type => type.GetMethods())
            .Select(method => method.GetCustomAttribute<FunctionAttribute>()?.Name).OfType<string>().ToHashSet();
        var ready = Full.Every("Microsoft.Web/sites").SelectMany(app => app.List("properties.functionAppConfig.scaleAndConcurrency.alwaysReady"))
            .Select(group => group.GetProperty("name").GetString()!).Where(name => name != "http").Select(name => name.Split(':')[1]).ToHashSet();

        Assert.NotEmpty(ready);
        Assert.Subset(functions, ready);
    }

    /// <summary>Compares the settings that the product reads with those that the template sets.</summary>
    [BicepFact]
    public void The_app_gets_exactly_the_settings_that_the_product_and_its_platform_read()
    {
        string[] platforms =
        [
            "AzureWebJobsStorage__accountName", "AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId", "AzureWebJobsDisableHomepage",
            "ServiceBusConnection__credential", "ServiceBusConnection__clientId",
            "APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT",
            "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG",
        ];
        // A connection string contains a key, and the contingency account has no tables.
        string[] local =
        [
            "Records__ConnectionString", "Contingency__ConnectionString", "Contingency__TableEndpoint", "ServiceBusConnection", "ServiceBusAdministration",
            "Audit__ConnectionString", "Audit__TableEndpoint", "AuditReserve__ConnectionString", "AuditReserve__TableEndpoint",
        ];

        // Alternative names of settings that the template sets.
        string[] names = ["SafetyNet__Review__TwoWeekWait", "SafetyNet__Review__Urgent", "SafetyNet__RoutineAfter"];

        Assert.Equal(
            SettingsThatAreRead().Except(local).Except(names).Order(StringComparer.Ordinal),
            SettingsThatAreSet().Except(platforms).Order(StringComparer.Ordinal));
    }

    [BicepFact]
    public void The_template_has_the_default_allowances_of_the_product()
    {
        Assert.All(SafetyNetRules.Defaults, row => Assert.Equal(row.Value, Allowance.Parse(Given(row.Key.Item1, row.Key.Item2))));
        Assert.Equal(SafetyNetRules.Defaults.Count, Allowances.EnumerateObject().Sum(state => state.Value.EnumerateObject().Count()) + 2);

        static string Given(Waiting state, Priority priority) => (state, priority) switch
        {
            (Waiting.Review, Priority.TwoWeekWait) => DefaultOf("twoWeekWaitAfter"),
            (Waiting.Review, Priority.Urgent) => DefaultOf("urgentAfter"),
            _ => Allowances.GetProperty(state.ToString()).GetProperty(priority.ToString()).GetString()!,
        };
    }

    [BicepFact]
    public void The_template_has_the_default_durations_of_the_product()
    {
        string[] names = ["ClockTolerance", "Attachments:ScanWithin"];
        var all = SettingsThatAreSet().ToDictionary(name => name.Replace("__", ":", StringComparison.Ordinal), name => (string?)ValueFor(name));
        var given = Settings.From(new ConfigurationBuilder().AddInMemoryCollection(all).Build());
        var byDefault = Settings.From(new ConfigurationBuilder().AddInMemoryCollection(all.Where(setting => !names.Contains(setting.Key))).Build());

        Assert.Subset(all.Keys.ToHashSet(), names.ToHashSet());
        Assert.Equal((byDefault.ClockTolerance, byDefault.ScanWithin), (given.ClockTolerance, given.ScanWithin));
    }

    [BicepFact]
    public void The_README_has_the_allowances_of_every_state()
    {
        var rows = AllowanceRows().Matches(Read("README.md")).Select(row => string.Join(' ', row.Groups.Values.Skip(1).Select(cell => cell.Value)));
        var declared = Allowances.EnumerateObject()
            .Select(state => $"{state.Name} {Cell(state, "TwoWeekWait")} {Cell(state, "Urgent")} {Cell(state, "Routine")}");

        Assert.Equal(declared, rows);

        static string Cell(JsonProperty state, string priority) =>
            state.Value.TryGetProperty(priority, out var within) ? within.GetString()! : priority == "Urgent" ? "urgentAfter" : "twoWeekWaitAfter";
    }

    [BicepFact]
    public void The_README_lists_every_parameter_with_its_defaults_and_its_variable()
    {
        var rows = ParameterRows().Matches(Read("README.md"))
            .Select(row => $"{row.Groups[1].Value}: {row.Groups[2].Value}, {row.Groups[3].Value}, {row.Groups[4].Value.Trim()}");
        using var parameterFile = JsonDocument.Parse(Read("main.parameters.json"));
        var variables = parameterFile.RootElement.GetProperty("parameters").EnumerateObject()
            .ToDictionary(parameter => parameter.Name, parameter => $"`{Variable().Match(parameter.Value.GetProperty("value").GetString()!).Groups[1].Value}`");
        var declared = CompiledTemplate.Main.Parameters
            .Select(parameter => $"{parameter.Name}: {DisplayText(parameter, "test")}, {DisplayText(parameter, "production")}, "
                + variables.GetValueOrDefault(parameter.Name));

        Assert.Equal(declared, rows);
    }

    private static string DisplayText(TemplateParameter parameter, string stage) => (parameter.Name, parameter.Default(stage)) switch
    {
        ("stage", _) => $"`{stage}`",
        ("allowances" or "retentionDays", _) => "below",
        (_, null) => "asked",
        (_, { } value) when value.StartsWith("[utcNow", StringComparison.Ordinal) => "this month",
        (_, { } value) => $"`{value}`",
    };

    // Only an owner can register them. Azure has the first two registered everywhere, and the app's network needs the third.
    [BicepFact]
    public void The_README_registers_every_resource_provider_of_the_template()
    {
        var registered = ProviderNames().Matches(ProviderLoop().Match(Read("README.md")).Groups[1].Value).Select(match => match.Value);
        var needed = CompiledTemplate.Main.Providers.Except(["Microsoft.Authorization", "Microsoft.Resources"], StringComparer.OrdinalIgnoreCase)
            .Append("Microsoft.App");

        Assert.Equal(
            needed.Select(name => name.ToUpperInvariant()).Order(StringComparer.Ordinal),
            registered.Select(name => name.ToUpperInvariant()).Order(StringComparer.Ordinal));
    }

    [BicepFact]
    public void The_runbook_has_one_section_for_every_alert_and_no_other()
    {
        var names = AlertTypes.SelectMany(Full.Every).Select(alert => alert.PlainName);
        var sections = Sections().Matches(Read("RUNBOOK.md")).SelectMany(match => match.Groups[1].Value.Split(", ")).Select(name => name.Trim('`'));

        Assert.Equal(names.Order(StringComparer.Ordinal), sections.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> SettingsThatAreRead()
    {
        var asked = new RecordingProvider(new MemoryConfigurationSource
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
        // The values of the template, so that this test finds a value that the product cannot read.
        _ when name.EndsWith("After", StringComparison.Ordinal) => DefaultOf(name.Split("__")[^1]),
        "ClockTolerance" or "Attachments__ScanWithin" => DefaultOf(name.Split("__")[^1]),
        _ when name.StartsWith("SafetyNet", StringComparison.Ordinal) =>
            Allowances.GetProperty(name.Split("__")[1]).GetProperty(name.Split("__")[2]).GetString()!,
        _ when name.StartsWith("RateLimit", StringComparison.Ordinal) => "10",
        "Retention__Sweep" => DefaultOf("retentionSweep"),
        _ when name.StartsWith("Retention", StringComparison.Ordinal) => $"{RetentionDays.GetProperty(name.Split("__")[1]).GetInt32()}",
        "Ers__PollsPerServiceAndDay" => "2",
        "Security__RefusalsPerMinute" => "60",
        "Security__TrustedProxies" => "0",
        _ when name.EndsWith("Enabled", StringComparison.Ordinal) => "true",
        "Operations__Organisations" or "Directory__TrustedOrganisations" => "X26",
        "Security__Contact" => "mailto:security@example.org",
        "Security__ContactExpires" => "2027-06-30T00:00:00Z",
        "Operations__SecondOperator" => "required",
        "Contingency__LinkRoles" => "REFERRING_CLINICIAN",
        "Contingency__ReadLogWorkspace" => "7e6f5d4c-3b2a-4190-8877-665544332211",
        "Security__UserLifetime" or "Security__ApplicationLifetime" => "PT1H",
        _ => "value",
    };

    private static JsonElement Allowances => CompiledTemplate.Main.Parameter("allowances").Declared.GetProperty("defaultValue");

    private static JsonElement RetentionDays => CompiledTemplate.Main.Parameter("retentionDays").Declared.GetProperty("defaultValue");

    private static string DefaultOf(string parameter) => CompiledTemplate.Main.Parameter(parameter).Default("production")!.Trim('\'');

    private static IEnumerable<string> SettingsThatAreSet() =>
        SettingNames().Matches(Full.Every("Microsoft.Web/sites/config").Single()["properties"]!).Select(match => match.Groups[1].Value).Distinct();

    private static IEnumerable<string> Stores(string list)
    {
        using var stores = JsonDocument.Parse(Read("stores.json"));
        return [.. stores.RootElement.GetProperty(list).EnumerateArray().Select(name => name.GetString()!)];
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(Bicep.Infra, file));

    // An expression in single quotes, or an object if the compiler could evaluate it.
    [GeneratedRegex(@"['""]((?:[A-Z]\w*__\w+)|ClockTolerance|(?:AZURE|APPLICATIONINSIGHTS|FUNCTIONS|OTEL)_[A-Z_]+|AzureWebJobs\w+)['""]")]
    private static partial Regex SettingNames();

    [GeneratedRegex(@"/queues/([\w-]+)")]
    private static partial Regex QueueNames();

    [GeneratedRegex(@"storage\.(Records|Contingency)Container\(Containers\.(\w+)\)")]
    private static partial Regex MadeContainers();

    [GeneratedRegex(@"\bereferrals\.[a-z_.]+[a-z]")]
    private static partial Regex Instruments();

    [GeneratedRegex(@"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|([^|]*)\|[^|]*\|$", RegexOptions.Multiline)]
    private static partial Regex ParameterRows();

    [GeneratedRegex(@"^\| `(\w+)` \| `(\w+)` \| `(\w+)` \| `(\w+)` \|$", RegexOptions.Multiline)]
    private static partial Regex AllowanceRows();

    [GeneratedRegex(@"for provider in ([^;]+); do")]
    private static partial Regex ProviderLoop();

    [GeneratedRegex(@"Microsoft\.\w+")]
    private static partial Regex ProviderNames();

    [GeneratedRegex(@"^\$\{(\w+)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^### (`.+`)$", RegexOptions.Multiline)]
    private static partial Regex Sections();

    private sealed class RecordingProvider(MemoryConfigurationSource source) : MemoryConfigurationProvider(source)
    {
        public HashSet<string> Names { get; } = [];

        public override bool TryGet(string key, out string? value)
        {
            Names.Add(key);
            return base.TryGet(key, out value);
        }
    }
}
