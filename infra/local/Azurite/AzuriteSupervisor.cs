namespace EReferrals.Local.Azurite;

/// <summary>Runs the two storage accounts of the local platform as separate Azurite processes, so that each can be stopped on its own.</summary>
public sealed class AzuriteSupervisor : IAsyncDisposable
{
    private const int PortAttempts = 3;

    private readonly StateFolder _state;

    private AzuriteSupervisor(StateFolder state, string script, AzuriteOptions options)
    {
        _state = state;
        Records = new AzuriteEmulator("records", state.Path, script, options);
        Contingency = new AzuriteEmulator("contingency", state.Path, script, options);
    }

    public AzuriteEmulator Records { get; }

    public AzuriteEmulator Contingency { get; }

    /// <summary>
    /// Installs Azurite if necessary, ends emulators that an earlier run of this state folder left behind, and returns when both accounts respond.
    /// </summary>
    public static async Task<AzuriteSupervisor> StartAsync(string stateFolder, AzuriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new AzuriteOptions();
        var script = await AzuriteInstallation.EnsureAsync(stateFolder, options, cancellationToken);
        var supervisor = new AzuriteSupervisor(StateFolder.Open(stateFolder, "azurite.lock"), script, options);
        try
        {
            await supervisor.StartBothAsync(cancellationToken);
            return supervisor;
        }
        catch
        {
            await supervisor.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops both emulators after they have saved.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Records.DisposeAsync().AsTask(), Contingency.DisposeAsync().AsTask());
        _state.Dispose();
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
