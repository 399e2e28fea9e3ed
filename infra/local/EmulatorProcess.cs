using EReferrals.Local.ServiceBusEmulator;

namespace EReferrals.Local;

/// <summary>Runs the Service Bus emulator in its own process. It keeps its ports and its file across restarts.</summary>
public sealed class EmulatorProcess : SupervisedProcess
{
    private const string Announcement = "Ready: ";
    private const int PortAttempts = 3;

    private readonly string _stateFile;
    private readonly int _port;
    private readonly int _administrationPort;
    private volatile bool _isReady;

    private EmulatorProcess(string stateFile, Func<int> port, Action<string> progress)
        : base("The Service Bus emulator", TimeSpan.FromSeconds(1), TimeProvider.System, progress) =>
        (_stateFile, _port, _administrationPort) = (stateFile, port(), port());

    public string ConnectionString { get; private set; } = "";

    public string AdministrationConnectionString { get; private set; } = "";

    /// <summary>The administration port, which also serves the control channel under <c>/control/</c>.</summary>
    public Uri Administration => new($"http://127.0.0.1:{_administrationPort}/");

    /// <summary>Starts the emulator and returns when it listens.</summary>
    /// <exception cref="LocalStartException">The emulator exited or did not listen in time.</exception>
    public static Task<EmulatorProcess> StartAsync(string stateFile, Action<string> progress, CancellationToken cancellationToken) =>
        StartAsync(stateFile, FreePort.Take, progress, cancellationToken);

    // Another process may take a free port before the emulator binds it. Nobody knows the ports yet, so that it can have others.
    internal static async Task<EmulatorProcess> StartAsync(
        string stateFile, Func<int> port, Action<string> progress, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var emulator = new EmulatorProcess(stateFile, port, progress);
            try
            {
                await emulator.StartAsync(cancellationToken);
                return emulator;
            }
            catch (LocalStartException) when (attempt < PortAttempts && emulator.LostAPort())
            {
                await emulator.DisposeAsync();
            }
        }
    }

    private bool LostAPort() => FreePort.Problem(_port) is not null || FreePort.Problem(_administrationPort) is not null;

    private protected override ProcessStartInfo Command()
    {
        _isReady = false;
        return InOwnSession("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "EReferrals.ServiceBusEmulator.dll"),
            _stateFile, Path.Combine(AppContext.BaseDirectory, "messaging.json"), $"{_port}", $"{_administrationPort}",
        ]);
    }

    private protected override Task<bool> AnswersAsync(CancellationToken cancellationToken) => Task.FromResult(_isReady);

    private protected override void OnOutput(string line)
    {
        if (_isReady) Progress(line);
        if (!line.StartsWith(Announcement, StringComparison.Ordinal)) return;
        var connections = line[Announcement.Length..].Split(' ');
        (ConnectionString, AdministrationConnectionString) = (connections[0], connections[1]);
        _isReady = true;
    }
}
