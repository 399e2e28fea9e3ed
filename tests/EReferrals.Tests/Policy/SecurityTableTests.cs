using System.Text.RegularExpressions;

namespace EReferrals.Tests.Policy;

/// <summary>Checks the table of threats in infra/SECURITY.md.</summary>
public sealed partial class SecurityTableTests
{
    private static readonly string Table = File.ReadAllText(Path.Combine(Repository.Root, "infra", "SECURITY.md"));

    private static readonly ILookup<string, string> Tests = typeof(SecurityTableTests).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods(), (type, method) => (type.Name, Method: method))
        .Where(test => test.Method.IsDefined(typeof(FactAttribute), inherit: true))
        .ToLookup(test => test.Name, test => test.Method.Name);

    [Fact]
    public void Every_threat_names_what_stops_it_and_a_test_that_exists()
    {
        var rows = Rows().Matches(Table).Select(row => row.Groups["test"].Value).Where(cell => cell is not ("test" or "---")).ToArray();

        Assert.NotEmpty(rows);
        Assert.All(rows, cell => Assert.NotEmpty(Names().Matches(cell)));
        Assert.All(rows.SelectMany(cell => Names().Matches(cell)), name => Assert.True(Exists(name.Groups[1].Value), $"{name.Value} is no test."));
    }

    [Fact]
    public void A_test_that_is_gone_is_found()
    {
        Assert.False(Exists("SecurityTableTests.A_test_that_was_deleted"));
        Assert.False(Exists("DeletedTests"));
        Assert.True(Exists(nameof(SecurityTableTests)));
    }

    private static bool Exists(string name) =>
        name.Split('.') is [var type, var method] ? Tests[type].Contains(method) : Tests.Contains(name);

    [GeneratedRegex(@"^\|[^|\n]+\|[^|\n]+\| (?<test>[^|\n]+) \|\r?$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Rows();

    [GeneratedRegex("`([A-Za-z0-9_.]+)`")]
    private static partial Regex Names();
}
