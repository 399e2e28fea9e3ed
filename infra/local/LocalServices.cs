using Azure.Messaging.ServiceBus;
using EReferrals.Local.Azurite;
using EReferrals.Local.Identity;
using EReferrals.Local.Scanner;
using EReferrals.Local.ServiceBusEmulator;

namespace EReferrals.Local;

/// <summary>
/// The services that the app needs, in one state folder: two storage accounts, the Service Bus emulator, the malware scanner and the token issuer.
/// </summary>
internal sealed class LocalServices : IAsyncDisposable
{
    // For invented patients only. The same at every start, so that cursors survive one and the audit can be searched.
    private const string LocalDigestKeys = "2026-01-01:bG9jYWwgd29yayBhbmQgdGVzdHMgb25seSwgbm8gc2VjcmV0IGVpdGhlcg==";
    private const string LocalCursorKeys = "2026-01-01:bG9jYWwgd29yayBhbmQgdGVzdHMgb25seSwgbm8gc2VjcmV0";

    private readonly StateFolder _state;
    private readonly LocalPlatformOptions _options;

    private LocalServices(LocalPlatformOptions options) => (_state, _options) = (StateFolder.Open(options.StateFolder), options);

    /// <summary>Null when the platform uses existing storage accounts.</summary>
    public AzuriteSupervisor? Azurite { get; private set; }

    public string Records => _options.Storage?.Records ?? Azurite!.Records.ConnectionString;

    public string Contingency => _options.Storage?.Contingency ?? Azurite!.Contingency.ConnectionString;

    /// <summary>Null when the emulator runs in its own process.</summary>
    public Emulator? Emulator { get; private set; }

    /// <summary>Null when the emulator runs in this process.</summary>
    public EmulatorProcess? EmulatorProcess { get; private set; }

    public string ServiceBusConnection => Emulator?.ConnectionString ?? EmulatorProcess!.ConnectionString;

    public string AdministrationConnection => Emulator?.AdministrationConnectionString ?? EmulatorProcess!.AdministrationConnectionString;

    public MalwareScanner? Scanner { get; private set; }

    /// <exception cref="LocalStartException">A requirement that the user can fix is missing or in use.</exception>
    public static async Task<LocalServices> StartAsync(LocalPlatformOptions options, CancellationToken cancellationToken)
    {
        if (FunctionsHost.FunctionsHost.AzureMarker is { } marker)
            throw new LocalStartException($"The local platform does not run in Azure ({marker} is set). Deploy the app with 'azd deploy'.");
        var services = new LocalServices(options);
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

    public string FileOf(string name) => _state.File(name);

    public TokenIssuer IssuerAt(int port) => new($"http://localhost:{port}/local", _state.File("issuer-key.pem"), Folders.Seed, _options.Clock);

    /// <summary>Returns the app settings that a deployment would set. Environment variables override them, and the options override both.</summary>
    public IReadOnlyDictionary<string, string> AppSettings(TokenIssuer issuer)
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
            ["AzureWebJobsStorage"] = Contingency,
            ["ServiceBusConnection"] = ServiceBusConnection,
            ["ServiceBusAdministration"] = AdministrationConnection,
            ["Records__ConnectionString"] = Records,
            ["Contingency__ConnectionString"] = Contingency,
            ["Security__Issuer"] = issuer.Address,
            ["Security__MetadataAddress"] = $"{issuer.Address}/.well-known/openid-configuration",
            ["Security__Audience"] = TokenIssuer.Audience,
            ["Cursors__Keys"] = LocalCursorKeys,
            ["Audit__DigestKeys"] = LocalDigestKeys,
            // Tests of many wrong calls come from one address.
            ["Security__RefusalsPerMinute"] = "0",
            ["Status__MonitoringKey"] = "local",
            ["Ers__PollsPerServiceAndDay"] = "0",
            ["Web__ClientId"] = SignIn.ClientId,
        };
        foreach (var name in settings.Keys.ToArray())
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } explicitly) settings[name] = explicitly;
        }

        foreach (var (name, value) in _options.Settings) settings[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        EmulatorsOnly.Check(settings);
        return settings;
    }

    public async ValueTask DisposeAsync()
    {
        if (Scanner is not null) await Scanner.DisposeAsync();
        if (Emulator is not null) await Emulator.DisposeAsync();
        if (EmulatorProcess is not null) await EmulatorProcess.DisposeAsync();
        if (Azurite is not null && Azurite != _options.Emulators) await Azurite.DisposeAsync();
        _state.Dispose();
    }

    private async Task StartStorageAsync(CancellationToken cancellationToken)
    {
        Azurite = _options.Emulators;
        if (_options.Storage is not null || Azurite is not null) return;
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
        Scanner = new MalwareScanner(Records, new ServiceBusClient(ServiceBusConnection), _state.File("scanned.txt"), _options.Clock);
        Scanner.Start();
    }
}
