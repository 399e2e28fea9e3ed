using System.Text;

namespace EReferrals.Soak;

/// <summary>The processes of one state folder, by /proc; where there is none (not Linux) nothing is known of them.</summary>
internal static class OwnProcesses
{
    /// <summary>The processes whose command line or environment names the folder, each as its number and command line.</summary>
    public static IReadOnlyList<string> Naming(string folder) =>
    [
        .. Numbers().Where(number => Read(number, "cmdline").Contains(folder, StringComparison.Ordinal) || Read(number, "environ").Contains(folder, StringComparison.Ordinal))
            .Select(number => $"{number} {Read(number, "cmdline").Replace('\0', ' ')}"),
    ];

    /// <summary>Resident bytes.</summary>
    public static long MemoryOf(int process)
    {
        var line = Read(process, "status").Split('\n').FirstOrDefault(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return line is null ? 0 : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static IEnumerable<int> Numbers() => System.IO.Directory.Exists("/proc")
        ? System.IO.Directory.EnumerateDirectories("/proc").Select(path => int.TryParse(Path.GetFileName(path), out var number) ? number : 0).Where(number => number > 0)
        : [];

    private static string Read(int process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}", Encoding.UTF8);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is somebody else's.
            return "";
        }
    }
}
