using System.Diagnostics;

namespace EReferrals.Local.Tests.ServiceBus;

/// <summary>The emulator in its own process.</summary>
public sealed class EmulatorProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private EmulatorProcess(Process process, string connectionString, string administrationConnectionString)
    {
        Process = process;
        ConnectionString = connectionString;
        AdministrationConnectionString = administrationConnectionString;
        Control = new HttpClient
        {
            BaseAddress = new Uri(administrationConnectionString.Split(';')[0].Replace("Endpoint=sb://", "http://", StringComparison.Ordinal) + "/control/"),
        };
    }

    public Process Process { get; }

    public string ConnectionString { get; }

    public string AdministrationConnectionString { get; }

    public HttpClient Control { get; }

    public static async Task<EmulatorProcess> StartAsync(string stateFile, string topologyFile)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "EReferrals.ServiceBusEmulator.dll");
        var process = Process.Start(new ProcessStartInfo(
            Environment.ProcessPath!, ["exec", program, stateFile, topologyFile, "0", "0"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        if (line?.Split(' ') is not ["Ready:", var connectionString, var administrationConnectionString])
        {
            throw new InvalidOperationException($"The emulator did not start: {line} {await process.StandardError.ReadToEndAsync()}");
        }
        return new EmulatorProcess(process, connectionString, administrationConnectionString);
    }

    public async Task<int> ExitAsync()
    {
        await Process.WaitForExitAsync().WaitAsync(Patience);
        return Process.ExitCode;
    }

    public void Dispose()
    {
        Control.Dispose();
        if (!Process.HasExited)
        {
            Process.Kill();
            Process.WaitForExit();
        }
        Process.Dispose();
    }
}
