namespace EReferrals.Local;

/// <summary>Finds folders above the program.</summary>
internal static class Folders
{
    /// <summary>The seed beside the program.</summary>
    public static string Seed => Path.Combine(AppContext.BaseDirectory, "seed.json");

    /// <summary>Returns the nearest folder, from this one upwards, that contains a file of that name; null when there is none.</summary>
    public static string? Above(string start, string fileName)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (folder.EnumerateFiles(fileName).Any()) return folder.FullName;
        }

        return null;
    }
}
