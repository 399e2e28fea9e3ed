using System.Collections.Concurrent;
using System.Text.Json;

namespace EReferrals.Tests.Policy;

/// <summary>
/// Everything that the template creates for one set of parameters, as the compiler evaluates it (see <see cref="BicepServer"/>), with loops, conditions and
/// modules resolved. Values that only Azure knows stay expressions in square brackets.
/// </summary>
internal sealed class Deployment
{
    private const string Subscription = "11111111-1111-1111-1111-111111111111";
    public const string KeySecret =
        $"/subscriptions/{Subscription}/resourceGroups/rg-secrets/providers/Microsoft.KeyVault/vaults/kv-duty/secrets/monitoring-key";
    public const string CursorSecret =
        $"/subscriptions/{Subscription}/resourceGroups/rg-others/providers/Microsoft.KeyVault/vaults/kv-other/secrets/cursor-keys";
    public const string DigestSecret =
        $"/subscriptions/{Subscription}/resourceGroups/rg-others/providers/Microsoft.KeyVault/vaults/kv-other/secrets/digest-keys";
    private const string Tenant = "22222222-2222-2222-2222-222222222222";
    private static readonly ConcurrentDictionary<string, Lazy<Deployment>> Known = new();

    private static readonly string[] Mandatory =
    [
        "environmentName = 'name'", "location = 'uksouth'", "operatorOrganisations = 'X26'",
        $"cursorKeysInVault = '{CursorSecret}'", $"digestKeysInVault = '{DigestSecret}'",
    ];

    public const string Readers = "packReaderAddresses = '203.0.113.0/24'";

    private Deployment(IReadOnlyList<DeployedResource> resources) => Resources = resources;

    public IReadOnlyList<DeployedResource> Resources { get; }

    public static Deployment Test => From("stage = 'test'");

    public static Deployment Production => From("stage = 'production'", Readers);

    public static Deployment Of(string stage) => stage == "production" ? Production : From($"stage = '{stage}'");

    /// <summary>Production with all options.</summary>
    public static Deployment Everything => From(
        "stage = 'production'", "tokenMetadataAddress = 'https://issuer.invalid/configuration'",
        $"monitoringKeyInVault = '{KeySecret}'", "pagerWebhook = 'https://pager.invalid/hook'",
        "alertEmail = 'duty@example.invalid'", "breakGlassAddresses = '192.0.2.0/24, 198.51.100.7'", Readers,
        "statusPageContainer = '$web'",
        $"natGatewayId = '/subscriptions/{Subscription}/resourceGroups/rg/providers/Microsoft.Network/natGateways/nat'");

    /// <summary>Production without any options.</summary>
    public static Deployment Bare =>
        From(
            "stage = 'production'", Readers, "malwareScanning = false", "monthlyBudget = 0", "auditLocked = true", "deleteLocks = false",
            "alwaysReadyHttp = 0");

    public static Deployment Pair => From("stage = 'production'", Readers, "location = 'ukwest'");

    /// <summary>Evaluates the main template with these parameters, each written as <c>name = value</c>.</summary>
    public static Deployment From(params string[] parameters) =>
        OfTemplate("main.bicep", [.. parameters.Concat(Mandatory).DistinctBy(line => line.Split('=')[0].Trim())]);

    /// <summary>Evaluates another template.</summary>
    public static Deployment OfTemplate(string template, string[] parameters) =>
        Known.GetOrAdd($"{template}\n{string.Join('\n', parameters)}", _ => new Lazy<Deployment>(() => Take(template, parameters))).Value;

    public IEnumerable<DeployedResource> Every(string type) => Resources.Where(resource => resource.Is(type));

    /// <summary>Returns the resources of the storage account for one kind of data.</summary>
    public IEnumerable<DeployedResource> Within(string holds, string type)
    {
        var account = Every("Microsoft.Storage/storageAccounts").Single(each => each["tags.holds"] == holds);
        return Every(type).Where(resource => resource.Id.StartsWith($"{account.Id}/", StringComparison.Ordinal));
    }

    /// <summary>Returns the deployment with a text replaced in every resource of a type.</summary>
    public Deployment With(string type, string written, string instead) =>
        new([.. Resources.Select(resource =>
            resource.Is(type) ? new DeployedResource(resource.Text.Replace(written, instead, StringComparison.Ordinal)) : resource)]);

    public string Text => string.Join('\n', Resources.Select(resource => resource.Text));

    private static Deployment Take(string template, string[] parameters)
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("bicep-").FullName;
        try
        {
            var file = Path.Combine(folder, "set.bicepparam");
            File.WriteAllLines(
                file, [$"using '{Path.GetRelativePath(folder, Path.Combine(Bicep.Infra, template))}'", .. parameters.Select(line => $"param {line}")]);
            File.Copy(Path.Combine(Bicep.Infra, "bicepconfig.json"), Path.Combine(folder, "bicepconfig.json"));
            using var snapshot = JsonDocument.Parse(BicepServer.Snapshot(file, Subscription, Tenant));
            var complaints = snapshot.RootElement.GetProperty("diagnostics");
            if (complaints.GetArrayLength() > 0) throw new InvalidOperationException(complaints.GetRawText());
            var resources = snapshot.RootElement.GetProperty("predictedResources").EnumerateArray();
            return new Deployment([.. resources.Select(resource => new DeployedResource(JsonSerializer.Serialize(resource, DeployedResource.AsWritten)))]);
        }
        finally
        {
            System.IO.Directory.Delete(folder, recursive: true);
        }
    }
}
