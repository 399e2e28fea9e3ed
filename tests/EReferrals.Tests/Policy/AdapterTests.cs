using System.Text.RegularExpressions;

namespace EReferrals.Tests.Policy;

/// <summary>Storage and Messaging adapt the SDKs to this service. Slices depend on them, and never the reverse.</summary>
public sealed partial class AdapterTests
{
    private static readonly string[] Shared = ["Referrals", "Resilience", "Telemetry"];

    [Theory]
    [InlineData("Storage")]
    [InlineData("Messaging")]
    public void An_adapter_names_only_itself_and_the_shared_layers(string adapter)
    {
        var folder = Path.Combine(Repository.Root, "functions", "EReferrals", adapter);
        var files = System.IO.Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories);

        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.All(
            Namespaces().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value),
            name => Assert.True(name == adapter || Shared.Contains(name), $"{Path.GetRelativePath(folder, file)} names EReferrals.{name}.")));
    }

    [GeneratedRegex(@"\bEReferrals\.(\w+)")]
    private static partial Regex Namespaces();
}
