using System.Net;
using System.Net.Sockets;
using EReferrals.LocalRuntime.Azurite;
using EReferrals.LocalRuntime.Broker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace EReferrals.LocalRuntime.Host;

/// <summary>
/// What the functions run on here: a port, a state folder, a broker and the storage emulators. It puts the settings of these into the
/// configuration, below everything else, so that an explicit setting wins.
/// </summary>
internal sealed class LocalEnvironment : IAsyncDisposable
{
    private static readonly string[] AzureMarkers = ["WEBSITE_INSTANCE_ID", "WEBSITE_SITE_NAME", "WEBSITE_POD_NAME", "LEGION_SERVICE_HOST"];

    private readonly FileStream stateLock;
    private readonly long begun = TimeProvider.System.GetTimestamp();
    private bool disposed;

    private LocalEnvironment(LocalSettings settings, Socket socket, FileStream stateLock)
    {
        (Settings, Socket, this.stateLock) = (settings, socket, stateLock);
        // The name is the port's: two hosts in one process have two brokers.
        BrokerName = $"local-{Port}";
    }

    public LocalSettings Settings { get; }

    public Socket Socket { get; }

    public int Port => ((IPEndPoint)Socket.LocalEndPoint!).Port;

    public Uri Address => new($"http://localhost:{Port}");

    public string Issuer => $"http://localhost:{Port}/local";

    public LocalBroker? Broker { get; private set; }

    public AzuriteSupervisor? Azurite { get; private set; }

    private string BrokerName { get; }

    public static LocalEnvironment Prepare(ConfigurationManager configuration)
    {
        foreach (var marker in AzureMarkers)
        {
            if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(marker)))
                throw new LocalRuntimeStartException(
                    $"The local runtime does not run in Azure ({marker} is set). Build with RunsOn=Azure, as 'azd deploy' does.");
        }

        var settings = LocalSettings.Read(configuration);
        var stateLock = LockState(settings.StateFolder);
        Socket? socket = null;
        try
        {
            socket = Bind(settings.Port);
            var environment = new LocalEnvironment(settings, socket, stateLock);
            environment.Configure(configuration);
            return environment;
        }
        catch
        {
            socket?.Dispose();
            stateLock.Dispose();
            throw;
        }
    }

    /// <summary>Opens the broker, whose clock is the application's and so is known only when the services are.</summary>
    public void OpenBroker(TimeProvider clock) => Broker = LocalBroker.OpenAsync(
        Path.Combine(Settings.StateFolder, "broker.db"), Settings.MessagingFile, clock, BrokerName).GetAwaiter().GetResult();

    public void SayReady() => Settings.Progress(
        $"Ready: {Address.ToString().TrimEnd('/')} (after {TimeProvider.System.GetElapsedTime(begun).TotalSeconds:0.0} s)");

    public async ValueTask DisposeAsync()
    {
        if (disposed) return;
        disposed = true;
        if (Broker is not null) await Broker.DisposeAsync();
        if (Azurite is not null) await Azurite.DisposeAsync();
        Socket.Dispose();
        await stateLock.DisposeAsync();
    }

    private void Configure(ConfigurationManager configuration)
    {
        var host = HostJson.Load(Settings.HostFile, configuration);
        var values = new Dictionary<string, string?>
        {
            ["ServiceBusConnection"] =
                $"Endpoint=sb://{BrokerName}/;SharedAccessKeyName=local;SharedAccessKey=local;UseDevelopmentEmulator=true",
            ["Security:Issuer"] = Issuer,
            ["Security:MetadataAddress"] = $"{Issuer}/.well-known/openid-configuration",
            ["Security:Audience"] = "ereferrals-local",
            ["Status:MonitoringKey"] = "local",
            // Kestrel's own request log and trace would cost more than a small function does.
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "None",
        };
        foreach (var (category, level) in host.LogLevels) values[$"Logging:LogLevel:{category}"] = level;
        StartStorage(configuration, values);
        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = values });
    }

    private void StartStorage(ConfigurationManager configuration, Dictionary<string, string?> values)
    {
        if (!Settings.Azurite || (configuration["Records:ConnectionString"] is not null && configuration["Contingency:ConnectionString"] is not null))
            return;
        Settings.Progress("Starting the storage emulators");
        Azurite = AzuriteSupervisor.StartAsync(Settings.StateFolder, new AzuriteOptions { Progress = Settings.Progress }).GetAwaiter().GetResult();
        values["Records:ConnectionString"] = Azurite.Records.ConnectionString;
        values["Contingency:ConnectionString"] = Azurite.Contingency.ConnectionString;
    }

    private static FileStream LockState(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(
                Path.Combine(folder, "in-use"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (UnauthorizedAccessException)
        {
            throw new LocalRuntimeStartException($"The state folder {folder} cannot be written. EREFERRALS_STATE names another.");
        }
        catch (IOException e)
        {
            throw new LocalRuntimeStartException(
                $"The state folder {folder} is in use by another run, or cannot be written ({e.Message}). EREFERRALS_STATE names another.");
        }
    }

    private static Socket Bind(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new LocalRuntimeStartException($"Port {port} cannot be used ({e.Message}). EREFERRALS_PORT names another.");
        }
    }
}
