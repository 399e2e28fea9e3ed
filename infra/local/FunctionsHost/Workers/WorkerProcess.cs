using System.Diagnostics;

namespace EReferrals.Local.FunctionsHost.Workers;

/// <summary>Starts the worker as a process that ends when this process ends, however that happens.</summary>
internal static class WorkerProcess
{
    private static readonly string Guard = Path.Combine(Path.GetDirectoryName(typeof(WorkerProcess).Assembly.Location)!, "EReferrals.WorkerGuard.dll");

    public static Process Start(FunctionsHostOptions options, IEnumerable<string> arguments, HostLog log)
    {
        var start = new ProcessStartInfo(Dotnet(), [Path.Combine(options.ApplicationDirectory, options.WorkerAssembly!), .. arguments])
        {
            WorkingDirectory = options.ApplicationDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development";
        foreach (var (name, value) in options.Settings) start.Environment[name] = value;
        start.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = options.ApplicationDirectory;
        start.Environment["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        var hooks = start.Environment.TryGetValue("DOTNET_STARTUP_HOOKS", out var others) ? others : null;
        start.Environment["DOTNET_STARTUP_HOOKS"] = string.IsNullOrEmpty(hooks) ? Guard : $"{Guard}{Path.PathSeparator}{hooks}";

        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => PassOn(line.Data);
        process.ErrorDataReceived += (_, line) => PassOn(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void PassOn(string? line)
        {
            if (line is not null) log.PassOutput(line);
        }
    }

    private static string Dotnet() => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH")
        ?? (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet");
}
