namespace EReferrals.Local.Azurite;

/// <summary>Runs the two storage accounts of the local platform as separate Azurite processes, so that each can be stopped on its own.</summary>
public sealed class AzuriteSupervisor : IAsyncDisposable
{
    private const int PortAttempts = 3;

    private readonly FileStream _ownership;
    private bool _stopped;

    private AzuriteSupervisor(FileStream ownership, AzuriteEmulator records, AzuriteEmulator contingency)
    {
        _ownership = ownership;
        Records = records;
        Contingency = contingency;
    }

    public AzuriteEmulator Records { get; }

    public AzuriteEmulator Contingency { get; }

    /// <summary>
    /// Installs Azurite if necessary, ends emulators that an earlier run of this state folder left behind, and returns when both accounts respond.
    /// </summary>
    public static async Task<AzuriteSupervisor> StartAsync(string stateFolder, AzuriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new AzuriteOptions();
        stateFolder = Path.GetFullPath(stateFolder);
        Directory.CreateDirectory(stateFolder);
        var script = await AzuriteInstallation.EnsureAsync(stateFolder, options, cancellationToken);
        var supervisor = new AzuriteSupervisor(
            Own(stateFolder), new AzuriteEmulator("records", stateFolder, script, options), new AzuriteEmulator("contingency", stateFolder, script, options));
        try
        {
            await supervisor.StartBothAsync(cancellationToken);
            return supervisor;
        }
        catch
        {
            await supervisor.StopAsync();
            throw;
        }
    }

    /// <summary>Stops both emulators after they have saved.</summary>
    public async Task StopAsync()
    {
        if (_stopped) return;
        _stopped = true;
        await Task.WhenAll(Records.StopAsync(), Contingency.StopAsync());
        await _ownership.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Records.DisposeAsync();
        await Contingency.DisposeAsync();
    }

    private static FileStream Own(string stateFolder)
    {
        try
        {
            return new FileStream(Path.Combine(stateFolder, "azurite.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new LocalStartException($"Another process uses the state folder {stateFolder}: stop it, or choose another folder (EREFERRALS_STATE).");
        }
    }

    private async Task StartBothAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(Records.EndLeftoversAsync(), Contingency.EndLeftoversAsync());
        foreach (var emulator in new[] { Records, Contingency })
        {
            // Neither emulator may get a port that the other was given but has not bound yet.
            while (!emulator.HasPorts() || Records.Ports.Intersect(Contingency.Ports).Any()) emulator.ChoosePorts();
        }

        await Task.WhenAll(StartAsync(Records, cancellationToken), StartAsync(Contingency, cancellationToken));
    }

    // Another process may take a free port before the emulator binds it. Retry with new ports on the first start only: later, clients know the ports.
    private static async Task StartAsync(AzuriteEmulator emulator, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await emulator.StartAsync(cancellationToken);
                return;
            }
            catch (LocalStartException) when (attempt < PortAttempts)
            {
                if (!emulator.HasPorts()) emulator.ChoosePorts();
            }
        }
    }
}
