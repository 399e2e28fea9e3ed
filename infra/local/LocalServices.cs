using Azure.Messaging.ServiceBus;
using EReferrals.Local.Azurite;
using EReferrals.Local.Scanner;
using EReferrals.Local.ServiceBusEmulator;
using Microsoft.Extensions.Logging;

namespace EReferrals.Local;

/// <summary>What stands around the app: two storage accounts, the Service Bus emulator and the malware scanner.</summary>
public sealed class LocalServices : IAsyncDisposable
{
    private readonly StateFolder _state;
    private readonly LocalPlatformOptions _options;
    private readonly ILogger _log;
    private ServiceBusClient? _scannerClient;

    private LocalServices(StateFolder state, LocalPlatformOptions options, ILogger log) => (_state, _options, _log) = (state, options, log);

    /// <summary>Null when the storage accounts were there already.</summary>
    public AzuriteSupervisor? Azurite { get; private set; }

    public string Records => _options.Storage?.Records ?? Azurite!.Records.ConnectionString;

    public string Contingency => _options.Storage?.Contingency ?? Azurite!.Contingency.ConnectionString;

    /// <summary>Null when the emulator is a process.</summary>
    public Emulator? Emulator { get; private set; }

    /// <summary>Null when the emulator runs in this process.</summary>
    public EmulatorProcess? EmulatorProcess { get; private set; }

    public string ServiceBusConnection => Emulator?.ConnectionString ?? EmulatorProcess!.ConnectionString;

    public string AdministrationConnection => Emulator?.AdministrationConnectionString ?? EmulatorProcess!.AdministrationConnectionString;

    internal MalwareScanner? Scanner { get; private set; }

    /// <exception cref="LocalStartException">Something that the user can mend is missing or in use.</exception>
    internal static async Task<LocalServices> StartAsync(StateFolder state, LocalPlatformOptions options, ILogger log, CancellationToken cancellationToken)
    {
        var services = new LocalServices(state, options, log);
        try
        {
            var storage = services.StartStorageAsync(cancellationToken);
            await services.StartBusAsync(cancellationToken);
            await storage;
            if (options.Scanner) services.StartScanner();
            return services;
        }
        catch
        {
            await services.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Scanner is not null) await Scanner.DisposeAsync();
        if (_scannerClient is not null) await _scannerClient.DisposeAsync();
        if (Emulator is not null) await Emulator.DisposeAsync();
        if (EmulatorProcess is not null) await EmulatorProcess.DisposeAsync();
        if (Azurite is not null) await Azurite.DisposeAsync();
    }

    private async Task StartStorageAsync(CancellationToken cancellationToken)
    {
        if (_options.Storage is not null) return;
        _options.Progress("Starting the storage emulators");
        Azurite = await AzuriteSupervisor.StartAsync(_state.Path, new AzuriteOptions { Progress = _options.Progress }, cancellationToken);
    }

    private async Task StartBusAsync(CancellationToken cancellationToken)
    {
        var file = _state.File("broker.db");
        if (_options.EmulatorIsProcess)
        {
            EmulatorProcess = await EmulatorProcess.StartAsync(file, _options.Progress, cancellationToken);
            return;
        }

        var messaging = Path.Combine(AppContext.BaseDirectory, "messaging.json");
        Emulator = await Emulator.StartAsync(new EmulatorOptions { StateFile = file, MessagingFile = messaging, Clock = _options.Clock }, cancellationToken);
    }

    private void StartScanner()
    {
        _scannerClient = new ServiceBusClient(ServiceBusConnection);
        Scanner = new MalwareScanner(
            MalwareScanner.ContainerOf(Records), _scannerClient.CreateSender(MalwareScanner.Queue), _state.Path, _options.Clock, _log);
        Scanner.Start();
    }
}
