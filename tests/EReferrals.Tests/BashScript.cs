using System.Diagnostics;

namespace EReferrals.Tests;

internal static class BashScript
{
    /// <summary>Runs a script that stops at its first failing command. Returns its exit code, and what it wrote: errors first.</summary>
    public static async Task<(int ExitCode, string Output)> ExecuteAsync(string script, string? folder = null)
    {
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        using var bash = Process.Start(start)!;
        var errors = bash.StandardError.ReadToEndAsync();
        var output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        return (bash.ExitCode, await errors + output);
    }
}
