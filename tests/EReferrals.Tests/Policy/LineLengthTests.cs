namespace EReferrals.Tests.Policy;

/// <summary>The compiler does not apply <c>max_line_length</c> of .editorconfig.</summary>
public sealed class LineLengthTests
{
    private const int Limit = 160;

    [Fact]
    public void The_limit_is_that_of_editorconfig() =>
        Assert.Contains($"\nmax_line_length = {Limit}\n", File.ReadAllText(Path.Combine(Repository.Root, ".editorconfig")), StringComparison.Ordinal);

    [Theory]
    [InlineData("functions")]
    [InlineData("infra/local")]
    [InlineData("tests")]
    public void No_line_of_code_is_longer_than_the_limit(string folder)
    {
        var files = System.IO.Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
            .ToArray();

        Assert.NotEmpty(files);
        Assert.Empty(
            from file in files
            from line in File.ReadLines(file).Index()
            where line.Item.Length > Limit
            select $"{Path.GetRelativePath(Repository.Root, file)}, line {line.Index + 1}: {line.Item.Length} characters");
    }
}
