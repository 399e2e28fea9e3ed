namespace EReferrals.Tests;

/// <summary>The working tree of the tests. Some tests read its sources and documents.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "EReferrals.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests read the sources: run them inside the repository.");
    }
}
