using System.Text.RegularExpressions;

namespace EReferrals.Tests.Policy;

/// <summary>The names that the documents use exist in the code, so that a renamed class or setting is renamed in the documents too.</summary>
public sealed partial class DocumentNameTests
{
    /// <summary>Names of Azure and of protocols, which our code does not contain.</summary>
    private static readonly string[] NamesOfOthers =
    [
        "AlwaysReadyUnits", "AuthenticationFailed", "AuthorizationError", "AuthorizationFailure", "IncomingRequests",
        "PendingWorkItemCount", "ResponseType", "ServerBusyError",
    ];

    private static readonly string[] NotOurs = ["bin", "obj", ".git", ".local", "node_modules"];

    private static readonly string[] CodePatterns = ["*.cs", "*.csproj", "*.props", "*.bicep", "host.json"];

    private static readonly Lazy<HashSet<string>> Words =
        new(() => [.. CodeFiles().SelectMany(file => Word().Matches(File.ReadAllText(file))).Select(word => word.Value)]);

    [Fact]
    public void Every_class_named_in_a_document_exists() => Assert.Empty(
        from document in Documents()
        from name in Names().Matches(document.Text)
        from part in name.Groups[1].Value.Split('.').Where(part => part.Count(char.IsUpper) > 1)
        where !Words.Value.Contains(part) && !NamesOfOthers.Contains(part)
        select $"{document.Path} names {part}.");

    [Fact]
    public void Every_setting_named_in_a_document_exists() => Assert.Empty(
        from document in Documents()
        from setting in Settings().Matches(document.Text)
        where !setting.Value.Split("__").All(Words.Value.Contains)
        select $"{document.Path} names the setting {setting.Value}.");

    private static IEnumerable<(string Path, string Text)> Documents() =>
        from file in Files("*.md")
        where !file.Contains($"{Path.DirectorySeparatorChar}results{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
        select (Path.GetRelativePath(Repository.Root, file), File.ReadAllText(file));

    private static IEnumerable<string> CodeFiles() =>
        from pattern in CodePatterns
        from file in Files(pattern)
        where Path.GetFileName(file) != $"{nameof(DocumentNameTests)}.cs"
        select file;

    private static IEnumerable<string> Files(string pattern) =>
        from file in System.IO.Directory.EnumerateFiles(Repository.Root, pattern, SearchOption.AllDirectories)
        where !Path.GetRelativePath(Repository.Root, file).Split(Path.DirectorySeparatorChar).Any(NotOurs.Contains)
        select file;

    [GeneratedRegex(@"[A-Za-z][A-Za-z0-9]*")]
    private static partial Regex Word();

    // In backticks: words joined without a space, each with a capital, such as `BackOff` or `Transient.Is`.
    [GeneratedRegex(@"`((?:[A-Z][a-z0-9]+)+(?:\.(?:[A-Z][a-z0-9]+)+)*)`")]
    private static partial Regex Names();

    [GeneratedRegex(@"\b[A-Z][A-Za-z]+(?:__[A-Za-z]+)+\b")]
    private static partial Regex Settings();
}
