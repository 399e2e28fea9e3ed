using System.Text.RegularExpressions;
using EReferrals.Storage.Tables;

namespace EReferrals.Tests.Policy;

/// <summary>Checks that the steps of "The region is lost" in the runbook are possible and complete.</summary>
public sealed partial class RegionLossTests
{
    private const string Account = "Microsoft.Storage/storageAccounts";
    private const string Roles = "Microsoft.Authorization/roleAssignments";
    private const string NewGroup = "rg-new";

    private static readonly string Page = PageOf(File.ReadAllText(Path.Combine(Bicep.Infra, "RUNBOOK.md")));

    [BicepFact]
    public void No_account_that_can_fail_over_has_an_immutability_policy()
    {
        var writeOnce = Deployment.Production.Every($"{Account}/blobServices/containers/immutabilityPolicies").Select(policy => policy.Id).ToList();
        var moved = FailedOver().Matches(Page).Select(match => match.Groups[1].Value.ToLowerInvariant()).ToList();

        Assert.Equal(["contingency", "records"], moved.Order(StringComparer.Ordinal));
        Assert.All(moved, holds => Assert.DoesNotContain(writeOnce, id => id.StartsWith($"{IdOf(holds)}/", StringComparison.Ordinal)));
    }

    [BicepFact]
    public void The_audit_trail_is_immutable_in_both_of_its_accounts()
    {
        var writeOnce = Deployment.Production.Every($"{Account}/blobServices/containers/immutabilityPolicies").ToList();

        Assert.Equal(2, writeOnce.Count);
        Assert.All(
            ["audit", "audit-reserve"],
            holds =>
                Assert.Contains(writeOnce, policy => policy.Id.StartsWith($"{IdOf(holds)}/blobServices/default/containers/audit/", StringComparison.Ordinal)));
        Assert.All(writeOnce, policy => Assert.Equal("true", policy["properties.allowProtectedAppendWrites"]));
    }

    [BicepFact]
    public void The_paired_region_in_the_runbook_supports_a_production_deployment()
    {
        var region = Region().Match(Page).Groups[1].Value;
        var pair = Deployment.From("stage = 'production'", Deployment.Readers, $"location = '{region}'");

        Assert.Empty(InfrastructureRules.Findings(pair));
        Assert.All(pair.Every(Account), account => Assert.DoesNotContain("ZRS", account["sku.name"], StringComparison.Ordinal));
    }

    [BicepFact]
    public void The_runbook_passes_every_parameter_of_the_takeover_template() =>
        Assert.Equal(
            CompiledTemplate.Takeover.Parameters.Select(parameter => parameter.Name).Order(StringComparer.Ordinal),
            TakeoverParameters().Matches(Page[Page.IndexOf("takeover.bicep -p", StringComparison.Ordinal)..Page.IndexOf("# 5.", StringComparison.Ordinal)])
                .Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));

    [BicepFact]
    public void The_new_identity_gets_the_roles_of_the_old_one_on_the_accounts_that_fail_over()
    {
        string[] moved = [IdOf("records"), IdOf("contingency")];
        var had = Deployment.Production.Every(Roles).Where(role => moved.Any(id => IsWithin(role.Scope, id))).Where(IsOfTheService).Select(Given);
        var gets = Takeover("vnet").Every(Roles).Select(Given);

        Assert.Equal(had.Order(StringComparer.Ordinal), gets.Order(StringComparer.Ordinal));
    }

    [BicepFact]
    public void The_new_app_has_a_private_endpoint_for_the_accounts_that_fail_over()
    {
        var reached = Takeover("vnet").Every("Microsoft.Network/privateEndpoints")
            .Select(endpoint => endpoint.List("properties.privateLinkServiceConnections").Single().GetProperty("properties"))
            .Select(target => $"{target.GetProperty("privateLinkServiceId").GetString()} {target.GetProperty("groupIds")[0].GetString()}");

        Assert.Equal(
            [$"{IdOf("contingency")} blob", $"{IdOf("records")} blob", $"{IdOf("records")} table"],
            reached.Order(StringComparer.Ordinal));
    }

    [BicepFact]
    public void A_takeover_without_a_network_creates_no_private_endpoint() => Assert.Empty(Takeover("").Every("Microsoft.Network/privateEndpoints"));

    [BicepFact]
    public void The_runbook_sets_every_variable_that_its_commands_use()
    {
        string[] known = [.. CompiledTemplate.Main.Outputs, .. ParameterVariables()];
        var assigned = Assigned().Matches(Page).Select(match => match.Groups[1].Value).ToHashSet();
        var used = Used().Matches(Page).Select(match => match.Groups[1].Value).ToHashSet();

        Assert.Contains("eval \"$(azd env get-values -e production)\"", Page, StringComparison.Ordinal);
        Assert.Subset(known.Concat(assigned).ToHashSet(), used);
    }

    [BicepFact]
    public void A_variable_that_an_environment_may_lack_has_a_default_in_the_runbook()
    {
        var optional = ParameterVariables()
            .Except(["AZURE_ENV_NAME", "AZURE_LOCATION"])
            .Where(name => Used().Matches(Page).Any(match => match.Groups[1].Value == name))
            .ToList();

        Assert.NotEmpty(optional);
        Assert.All(optional, name => Assert.Contains($"{name}=\"${{{name}:-", Page, StringComparison.Ordinal));
    }

    // The command prints a 64-bit number as an object with its type, and earlier versions print it plainly.
    [Fact]
    public void The_runbook_reads_the_next_number_in_both_forms_that_the_command_prints()
    {
        Assert.Contains($"-t {TableKeys.Allocator} --partition-key {TableKeys.Ubrns} --row-key {TableKeys.NextUbrn}", Page, StringComparison.Ordinal);
        Assert.Contains("--query \"Next.value || Next\" -o tsv", Page, StringComparison.Ordinal);
        Assert.Contains("Next@odata.type=Edm.Int64", Page, StringComparison.Ordinal);
    }

    [BicepFact]
    public void The_runbook_sets_every_address_of_an_account_that_fails_over()
    {
        var settings = Deployment.Production.Every("Microsoft.Web/sites/config").Single()["properties"]!;
        var addresses = Addresses().Matches(settings).Select(match => match.Groups[1].Value).Where(name => !name.StartsWith("Audit", StringComparison.Ordinal));
        var set = SetAddresses().Matches(Page).Select(match => match.Groups[1].Value);

        Assert.Equal(addresses.Distinct().Order(StringComparer.Ordinal), set.Order(StringComparer.Ordinal));
    }

    private static Deployment Takeover(string networkName) => Deployment.OfTemplate("takeover.bicep", [
        "oldGroup = 'rg-name'", $"newGroup = '{NewGroup}'", "location = 'ukwest'", $"networkName = '{networkName}'",
        "principalId = '33333333-3333-3333-3333-333333333333'",
        $"recordsAccountName = '{IdOf("records").Split('/')[^1]}'", $"contingencyAccountName = '{IdOf("contingency").Split('/')[^1]}'"]);

    private static bool IsWithin(string scope, string id) => scope == id || scope.StartsWith($"{id}/", StringComparison.Ordinal);

    // Excludes the scanner's topic, which keeps its own access to the contingency account.
    private static bool IsOfTheService(DeployedResource role) => role["properties.principalId"]!.Contains("userAssignedIdentities", StringComparison.Ordinal);

    private static string Given(DeployedResource role) => $"{role.Scope} {role["properties.roleDefinitionId"]!.Split('/')[^1]}";

    private static string IdOf(string holds) => Deployment.Production.Every(Account).Single(account => account["tags.holds"] == holds).Id;

    private static IEnumerable<string> ParameterVariables() =>
        Variable().Matches(File.ReadAllText(Path.Combine(Bicep.Infra, "main.parameters.json"))).Select(match => match.Groups[1].Value);

    private static string PageOf(string runbook)
    {
        var page = runbook[runbook.IndexOf("## The region is lost", StringComparison.Ordinal)..];
        return page[..page.IndexOf("\n## ", StringComparison.Ordinal)];
    }

    [GeneratedRegex(@"storage account failover -g ""\$OLD"" -n ""\$(\w+)_ACCOUNT""")]
    private static partial Regex FailedOver();

    [GeneratedRegex(@"\$\{?([A-Za-z_]+)")]
    private static partial Regex Used();

    [GeneratedRegex(@"(?<=^|; )([A-Za-z_]+)=", RegexOptions.Multiline)]
    private static partial Regex Assigned();

    [GeneratedRegex(@"\$\{(\w+)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"azd env set AZURE_LOCATION (\w+)")]
    private static partial Regex Region();

    [GeneratedRegex(@"(?<=\s)([a-z]\w+)=")]
    private static partial Regex TakeoverParameters();

    [GeneratedRegex(@"'(\w+__(?:Table|Blob)Endpoint)'")]
    private static partial Regex Addresses();

    [GeneratedRegex(@"""(\w+__(?:Table|Blob)Endpoint)=")]
    private static partial Regex SetAddresses();
}
