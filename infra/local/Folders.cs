namespace EReferrals.Local;

/// <summary>Finds folders above the program.</summary>
internal static class Folders
{
    /// <summary>The nearest folder, from this one upwards, that has a file of that name; null when none has.</summary>
    public static string? Above(string start, string fileName)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (folder.EnumerateFiles(fileName).Any()) return folder.FullName;
        }

        return null;
    }
}
