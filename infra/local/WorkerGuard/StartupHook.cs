using System.Diagnostics;
using System.Runtime.InteropServices;

/// <summary>
/// .NET calls this class before Main. It ends the worker when standard input closes: the host holds the other end, and the operating system closes it when
/// the host ends, even when the host is killed.
/// </summary>
internal static partial class StartupHook
{
    public static void Initialize()
    {
        // Ctrl-C in the terminal is for the host only, which then drains this process.
        if (!OperatingSystem.IsWindows()) _ = SetProcessGroup(0, 0);
        new Thread(KillAtEndOfInput) { IsBackground = true, Name = "Worker guard" }.Start();
    }

    private static void KillAtEndOfInput()
    {
        using var input = Console.OpenStandardInput();
        var ignored = new byte[64];
        while (input.Read(ignored) > 0)
        {
        }

        Process.GetCurrentProcess().Kill();
    }

    [DllImport("libc", EntryPoint = "setpgid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetProcessGroup(int processId, int groupId);
}
