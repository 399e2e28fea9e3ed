using System.Text.Json;
using System.Text.RegularExpressions;

namespace EReferrals.Tests.Policy;

public sealed partial class HostJsonTests
{
    [Fact]
    public void The_decision_record_states_the_values_of_host_json()
    {
        using var host = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "host.json")));
        var record = File.ReadAllText(Path.Combine(Repository.Root, "functions", "decisions", "0008-host-json.md"));
        var rows = Rows().Matches(record).Select(row => (Key: row.Groups[1].Value, Value: row.Groups[2].Value.Trim())).ToArray();

        Assert.Equal(11, rows.Length);
        Assert.All(rows, row => Assert.Equal((row.Key, ValueOf(host.RootElement, row.Key)), row));
    }

    private static string ValueOf(JsonElement root, string key) =>
        key.Split('.').Aggregate(root, (element, name) => element.GetProperty(name)).GetRawText().Trim('"');

    [GeneratedRegex(@"^\| `([\w.]+)` \|([^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
