using System.Text;

namespace EReferrals.Soak;

/// <summary>Finds the processes of one state folder in /proc. Finds nothing on systems without /proc.</summary>
internal static class OwnProcesses
{
    /// <summary>Returns the process id and command line of each process whose command line or environment contains the folder.</summary>
    public static IReadOnlyList<string> Naming(string folder) =>
    [
        .. Numbers().Where(
            number => Read(number, "cmdline").Contains(folder, StringComparison.Ordinal) || Read(number, "environ").Contains(folder, StringComparison.Ordinal))
            .Select(number => $"{number} {Read(number, "cmdline").Replace('\0', ' ')}"),
    ];

    /// <summary>Returns the resident bytes.</summary>
    public static long MemoryOf(int process)
    {
        var line = Read(process, "status").Split('\n').FirstOrDefault(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return line is null
            ? 0
            : 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static IEnumerable<int> Numbers() => System.IO.Directory.Exists("/proc")
        ? System.IO.Directory.EnumerateDirectories("/proc").Select(path => int.TryParse(Path.GetFileName(path), out var number) ? number : 0)
            .Where(number => number > 0)
        : [];

    private static string Read(int process, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/{file}", Encoding.UTF8);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // The process has ended or belongs to another user.
            return "";
        }
    }
}
