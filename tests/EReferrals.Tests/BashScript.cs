using System.Diagnostics;

namespace EReferrals.Tests;

internal static class BashScript
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Runs a script that stops at its first failing command. Returns its exit code, and what it wrote: errors first.</summary>
    /// <exception cref="TimeoutException">The script does not end. It is killed.</exception>
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
        var output = bash.StandardOutput.ReadToEndAsync();
        try
        {
            await Task.WhenAll(errors, output, bash.WaitForExitAsync()).WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            bash.Kill(entireProcessTree: true);
            throw new TimeoutException($"The script did not end in {Patience.TotalMinutes} minutes: {script}");
        }

        return (bash.ExitCode, await errors + await output);
    }
}
