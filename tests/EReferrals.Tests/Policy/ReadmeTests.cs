using System.Text.RegularExpressions;

namespace EReferrals.Tests.Policy;

public sealed partial class ReadmeTests
{
    private static readonly string Root = Repository.Root;

    [Fact]
    public void Every_file_and_folder_named_in_a_document_exists()
    {
        foreach (var document in Documents())
        {
            foreach (Match named in Paths().Matches(File.ReadAllText(document)))
            {
                var path = named.Groups[1].Value;
                Assert.True(Path.Exists(Path.Combine(Root, path)), $"{Path.GetRelativePath(Root, document)} names {path}, which is gone.");
            }
        }
    }

    [Fact]
    public void The_layout_of_the_README_names_every_folder_of_the_product_and_no_other()
    {
        var layout = Layout().Match(File.ReadAllText(Path.Combine(Root, "README.md"))).Groups[1].Value;
        // Each line has the names first, separated by one space, and then a description.
        var named = layout.Split('\n', StringSplitOptions.RemoveEmptyEntries).SelectMany(line => line.Trim().Split("  ")[0].Split(' '));
        var folders = System.IO.Directory.GetDirectories(Path.Combine(Root, "functions", "EReferrals"))
            .Where(folder => System.IO.Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Any())
            .Select(Path.GetFileName).Except(["bin", "obj"]);

        Assert.Equal(folders.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
    }

    [PosixFact]
    public async Task The_first_referral_of_the_README_works_as_written()
    {
        var script = ShellBlocks().Matches(File.ReadAllText(Path.Combine(Root, "README.md")))
            .Select(block => block.Groups[1].Value).Single(block => block.Contains("curl", StringComparison.Ordinal));
        // An app of its own: the lines read the first page of the list only.
        await using var app = await RunningApp.StartAsync();
        var own = script.Replace("http://localhost:7071", app.Local.HttpAddress.ToString().TrimEnd('/'), StringComparison.Ordinal);

        // Running the script twice refers the same patient twice.
        for (var run = 1; run <= 2; run++)
        {
            var (exitCode, output) = await BashScript.ExecuteAsync(own + "\necho; echo \"UBRN $ubrn\"");

            Assert.True(exitCode == 0, output);
            var ubrn = output[^13..].Trim();
            Assert.Contains($"\"ubrn\":\"{ubrn}\",\"version\":1,\"state\":\"AWAITING_TRIAGE\"", output, StringComparison.Ordinal);
            Assert.Contains("Please see Ann Jones", output, StringComparison.Ordinal);
            Assert.Contains(
                $"\"ubrn\":\"{ubrn}\",\"version\":2,\"status\":\"active\",\"state\":\"TRIAGED_PROVIDER_TO_ACTION\"", output, StringComparison.Ordinal);
        }
    }

    private static IEnumerable<string> Documents() => System.IO.Directory.EnumerateFiles(Root, "*.md", SearchOption.AllDirectories)
        .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(folder => folder is "node_modules" or "bin" or "obj"));

    // Paths in back quotes that begin with a top folder and contain no placeholder.
    [GeneratedRegex(@"`((?:functions|infra|tests)/[\w./-]*)`")]
    private static partial Regex Paths();

    [GeneratedRegex(@"```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlocks();

    [GeneratedRegex(@"^functions/EReferrals/ .*\n((?:  .*\n)+)", RegexOptions.Multiline)]
    private static partial Regex Layout();
}
