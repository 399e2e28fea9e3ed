using System.Globalization;

namespace EReferrals.Benchmarks.Processes;

/// <summary>Reads the host's process and its descendants from /proc.</summary>
internal static class ProcessTree
{
    private const long PageSize = 4096;
    private const double TicksPerSecond = 100;

    /// <summary>The process ids, the host first.</summary>
    public static IReadOnlyList<(ProcessRole Role, int Id)> Of(int host) =>
    [
        (ProcessRole.Host, host),
        .. System.IO.Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && Stat(id) is [_, var parent, ..] && parent == host.ToString(CultureInfo.InvariantCulture))
            .Select(id => (Role: RoleOf(id), Id: id))
            .Where(process => process.Role is not null)
            .Select(process => (process.Role!.Value, process.Id)),
    ];

    public static ProcessUse UseOf(int host)
    {
        var use = ProcessUse.None;
        foreach (var (role, id) in Of(host))
        {
            // Fields after the state: parent 1, user time 11, system time 12, resident pages 21.
            if (Stat(id) is not { Length: > 21 } stat) continue;
            use = use.With(role, (Number(stat[11]) + Number(stat[12])) / TicksPerSecond, Number(stat[21]) * PageSize / 1e6);
        }

        return use;
    }

    public static bool IsRunning(int id) => Stat(id) is [not "Z", ..];

    private static ProcessRole? RoleOf(int id)
    {
        var arguments = Read($"/proc/{id}/cmdline").Split('\0');
        return arguments.Any(argument => Path.GetFileName(argument) == "EReferrals.dll") ? ProcessRole.App
            : arguments.Any(argument => Path.GetFileName(argument) == "EReferrals.ServiceBusEmulator.dll") ? ProcessRole.Bus
            : arguments.Contains("--location") ? ProcessRole.Storage
            : null;
    }

    // Starts at the state, because the name before it may contain any character.
    private static string[]? Stat(int id)
    {
        var stat = Read($"/proc/{id}/stat");
        return stat.Length == 0 ? null : stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
