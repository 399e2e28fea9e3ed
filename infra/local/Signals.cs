using System.Runtime.InteropServices;

namespace EReferrals.Local;

/// <summary>Sends POSIX signals and finds processes that an earlier run left behind.</summary>
internal static class Signals
{
    public static int Terminate => 15;

    public static int Kill => 9;

    public static int Freeze => OperatingSystem.IsMacOS() ? 17 : 19;

    public static int Thaw => OperatingSystem.IsMacOS() ? 19 : 18;

    public static void Send(int processId, int signal)
    {
        if (!OperatingSystem.IsWindows())
        {
            // The exit code does not matter: a process that has ended needs no signal.
            _ = NativeKill(processId, signal);
        }
        else if (signal == Terminate || signal == Kill)
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
        }
        else
        {
            throw new PlatformNotSupportedException("Freezing a process by signal is not supported on Windows.");
        }
    }

    /// <summary>Returns the processes that run a node script with exactly this <c>--location</c>.</summary>
    public static List<int> ProcessesAt(string location, int? rememberedId)
    {
        IEnumerable<int> candidates = OperatingSystem.IsLinux()
            ? Directory.EnumerateDirectories("/proc").Select(path => int.TryParse(Path.GetFileName(path), out var id) ? id : 0).Where(id => id > 0)
            : rememberedId is { } id ? [id] : [];
        return [.. candidates.Where(candidate => IsAt(candidate, location))];
    }

    public static bool IsAt(int processId, string location)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                var arguments = File.ReadAllText($"/proc/{processId}/cmdline").Split('\0');
                var at = Array.IndexOf(arguments, "--location");
                return at >= 0 && at + 1 < arguments.Length && arguments[at + 1] == location;
            }

            return OperatingSystem.IsMacOS() && CommandLine(processId).Contains($"--location {location} ", StringComparison.Ordinal);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            // The process has ended or belongs to another user.
            return false;
        }
    }

    private static string CommandLine(int processId)
    {
        using var ps = Process.Start(new ProcessStartInfo("ps") { RedirectStandardOutput = true, ArgumentList = { "-o", "command=", "-p", $"{processId}" } })!;
        return ps.StandardOutput.ReadToEnd();
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NativeKill(int processId, int signal);
}
