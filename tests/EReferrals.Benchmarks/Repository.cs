namespace EReferrals.Benchmarks;

internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "EReferrals.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("No EReferrals.sln above this program.");
        }

        return folder.FullName;
    }
}
