using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace EReferrals.LocalRuntime.Host;

/// <summary>The application's host, together with what it runs on: whatever ends the host ends the broker and the emulators too.</summary>
internal sealed class LocalHost(IHost inner, LocalEnvironment environment) : IHost, IAsyncDisposable
{
    private readonly List<PosixSignalRegistration> signals = [];
    private int interrupts;

    public IServiceProvider Services => inner.Services;

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (environment.Settings.IsApp) signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnInterrupt));
        try
        {
            await inner.StartAsync(cancellationToken);
        }
        catch (Exception e) when (StartFailure.IsForTheUser(e))
        {
            await DisposeAsync();
            StartFailure.Report(e, environment.Settings.IsApp);
            throw;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    public Task StopAsync(CancellationToken cancellationToken = default) => inner.StopAsync(cancellationToken);

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        if (inner is IAsyncDisposable disposable) await disposable.DisposeAsync();
        else inner.Dispose();
        await environment.DisposeAsync();
        signals.ForEach(signal => signal.Dispose());
        signals.Clear();
    }

    private void OnInterrupt(PosixSignalContext context)
    {
        // The first Ctrl-C drains, which the console lifetime sees to.
        if (Interlocked.Increment(ref interrupts) > 1) Environment.Exit(130);
    }
}
