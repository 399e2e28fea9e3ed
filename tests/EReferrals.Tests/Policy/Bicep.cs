using System.Diagnostics;
using System.Reflection;

namespace EReferrals.Tests.Policy;

/// <summary>The Bicep compiler that the build restored. It needs no network and no account.</summary>
internal static class Bicep
{
    public static bool IsThere => OperatingSystem.IsLinux() && File.Exists(Path);

    public static string Infra { get; } = System.IO.Path.Combine(Repository.Root, "infra");

    public static string Main { get; } = System.IO.Path.Combine(Infra, "main.bicep");

    private static string Path { get; } = typeof(Bicep).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "BicepPath").Value!.Replace('\\', '/');

    public static (int ExitCode, string Output, string Errors) Run(params IEnumerable<string> arguments)
    {
        var start = Command(arguments);
        start.RedirectStandardError = true;
        using var bicep = Process.Start(start)!;
        var errors = bicep.StandardError.ReadToEndAsync();
        var output = bicep.StandardOutput.ReadToEnd();
        bicep.WaitForExit();
        return (bicep.ExitCode, output, errors.Result);
    }

    public static ProcessStartInfo Command(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Path, arguments) { RedirectStandardOutput = true };
        // Profile-guided optimisation would take a third of the time that the compiler runs.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        return start;
    }

    /// <summary>
    /// Returns the output of a command and fails when it reports a warning. The age of an API version is ignored, because the templates of a commit must not
    /// stop compiling on a later day. The linter reports it.
    /// </summary>
    public static string Quietly(params IEnumerable<string> arguments)
    {
        var (exitCode, output, errors) = Run(arguments);
        var complaints = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.Contains(" use-recent-api-versions: ", StringComparison.Ordinal))
            .ToList();
        return exitCode == 0 && complaints.Count == 0 ? output : throw new InvalidOperationException($"bicep answered {exitCode}: {errors}");
    }
}
