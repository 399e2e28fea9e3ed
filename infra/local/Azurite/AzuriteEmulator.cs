using EReferrals.Local.ServiceBusEmulator;

namespace EReferrals.Local.Azurite;

/// <summary>One Azurite process, which serves one storage account.</summary>
public sealed class AzuriteEmulator : SupervisedProcess
{
    public const string AccountName = "devstoreaccount1";

    // Azurite's published key, the same on every machine.
    public const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(10);

    // Makes Azurite end when its services have saved, or when this process ends.
    private static readonly string Preload = new Uri(Path.Combine(AppContext.BaseDirectory, "Azurite", "preload.mjs")).AbsoluteUri;

    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });

    private readonly string _memory;
    private readonly string _script;
    private readonly string _node;

    internal AzuriteEmulator(string name, string stateFolder, string script, AzuriteOptions options)
        : base($"The {name} storage emulator (Azurite)", RestartDelay, options.Clock, options.Progress)
    {
        Name = name;
        Location = Path.Combine(stateFolder, $"azurite-{name}");
        _memory = Path.Combine(stateFolder, $"azurite-{name}.json");
        _script = script;
        _node = options.Node;
        Ports = Remembered()?.Ports ?? [];
    }

    public string Name { get; }

    public string Location { get; }

    public Uri BlobEndpoint => Endpoint(0);

    public Uri QueueEndpoint => Endpoint(1);

    public Uri TableEndpoint => Endpoint(2);

    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={AccountName};AccountKey={AccountKey};"
        + $"BlobEndpoint={BlobEndpoint};QueueEndpoint={QueueEndpoint};TableEndpoint={TableEndpoint};";

    /// <summary>The ports of the blob, queue and table services.</summary>
    internal int[] Ports { get; private set; }

    /// <summary>Ends the emulator that an earlier run of this state folder left behind.</summary>
    internal async Task EndLeftoversAsync()
    {
        foreach (var id in Signals.ProcessesAt(Location, Remembered()?.ProcessId))
        {
            Progress($"Ending the {Name} emulator that an earlier run left behind (process {id})");
            await EndAsync(id, async cancellationToken =>
            {
                while (Signals.IsAt(id, Location)) await Task.Delay(PollInterval, TimeProvider.System, cancellationToken);
            });
        }
    }

    internal bool HasPorts() => Ports.Distinct().Count() == 3 && Ports.All(port => FreePort.Problem(port) is null);

    internal void ChoosePorts() => Ports = [FreePort.Take(), FreePort.Take(), FreePort.Take()];

    private protected override ProcessStartInfo Command()
    {
        if (!OperatingSystem.IsWindows() && Find(_node) is null) throw AzuriteInstallation.Missing("node", _node);
        Directory.CreateDirectory(Location);
        var start = InOwnSession(_node,
        [
            "--import", Preload, _script, "--location", Location, "--silent", "--skipApiVersionCheck",
            "--disableTelemetry",
            "--blobHost", "127.0.0.1", "--blobPort", $"{Ports[0]}", "--queueHost", "127.0.0.1", "--queuePort", $"{Ports[1]}",
            "--tableHost", "127.0.0.1", "--tablePort", $"{Ports[2]}",
            // Longer than clients keep idle connections, so that a write never uses a connection that is being closed.
            "--blobKeepAliveTimeout", "120", "--queueKeepAliveTimeout", "120", "--tableKeepAliveTimeout", "120",
        ]);
        start.WorkingDirectory = Location;
        return start;
    }

    private protected override void OnLaunched(int processId) =>
        File.WriteAllBytes(_memory, JsonSerializer.SerializeToUtf8Bytes(new Memory(Ports, processId)));

    private protected override async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(Ports.Select(port => AnswersAsync(port, cancellationToken)));
        return answers.All(answer => answer);
    }

    // Any response is sufficient: a healthy emulator rejects a request without a signature.
    private static async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await Http.GetAsync(new Uri($"http://127.0.0.1:{port}/"), cancellationToken);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private Uri Endpoint(int service) => new($"http://127.0.0.1:{Ports[service]}/{AccountName}");

    private Memory? Remembered()
    {
        try
        {
            return File.Exists(_memory) ? JsonSerializer.Deserialize<Memory>(File.ReadAllBytes(_memory)) : null;
        }
        catch (JsonException)
        {
            // A crash truncated the file. New ports are chosen.
            return null;
        }
    }

    private sealed record Memory(int[] Ports, int? ProcessId);
}
