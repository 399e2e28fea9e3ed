namespace EReferrals.Local.Azurite;

/// <summary>The two storage accounts of the local platform, each an Azurite process of its own, so that either can be taken away.</summary>
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

    /// <summary>Installs Azurite if need be, ends emulators that an earlier run of this state folder left behind, and returns when both answer.</summary>
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

    /// <summary>Lets both save and end.</summary>
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
            throw new LocalStartException($"Another process runs on the state folder {stateFolder}: stop it, or choose another folder (EREFERRALS_STATE).");
        }
    }

    private async Task StartBothAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(Records.EndLeftoversAsync(), Contingency.EndLeftoversAsync());
        foreach (var emulator in new[] { Records, Contingency })
        {
            // Neither may be given a port that is the other's and not bound yet.
            while (!emulator.HasPorts() || Records.Ports.Intersect(Contingency.Ports).Any()) emulator.ChoosePorts();
        }

        await Task.WhenAll(StartAsync(Records, cancellationToken), StartAsync(Contingency, cancellationToken));
    }

    // Between choosing a free port and binding it somebody else may take it, if only for a moment. Only here: once clients know the ports they stay.
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
