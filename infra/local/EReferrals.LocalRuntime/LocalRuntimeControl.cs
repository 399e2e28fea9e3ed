using EReferrals.LocalRuntime.Azurite;
using EReferrals.LocalRuntime.Broker;
using EReferrals.LocalRuntime.Host;

namespace EReferrals.LocalRuntime;

/// <summary>What a test may do to the running host. Get it from the host's services.</summary>
public sealed class LocalRuntimeControl
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);

    private readonly LocalEnvironment environment;
    private readonly FunctionsHost functions;

    internal LocalRuntimeControl(LocalEnvironment environment, FunctionsHost functions) =>
        (this.environment, this.functions) = (environment, functions);

    public LocalBroker Broker => environment.Broker!;

    /// <summary>Null when the storage accounts are configured from outside.</summary>
    public AzuriteSupervisor? Azurite => environment.Azurite;

    /// <summary>As if the broker's disk had no room left, or room again.</summary>
    public Task FillBrokerFileAsync(bool isFull) => Broker.LimitFileAsync(isFull ? 1 : null);

    public Uri HttpAddress => environment.Address;

    /// <summary>Completes when no message is available or locked, no invocation runs and the scanner has seen every attachment.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            await Broker.WhenIdleAsync(cancellationToken);
            var scanned = functions.Scanner is not null && await functions.Scanner.ScanAsync(cancellationToken);
            if (!scanned && functions.Runner.Running == 0 && Broker.WhenIdleAsync(cancellationToken).IsCompletedSuccessfully) return;
            await Task.Delay(Look, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>No queue function receives any more; completes when the running ones have ended.</summary>
    public Task PauseTriggersAsync() => functions.PauseAsync();

    public void ResumeTriggers() => functions.Resume();

    /// <summary>Runs a timer function now, after a run that is going on; completes with the run, and throws what it throws.</summary>
    public Task RunTimerAsync(string function) => functions.RunTimerAsync(function);

    public void PauseScanner() => functions.Scanner?.Pause();

    public void ResumeScanner() => functions.Scanner?.Resume();
}
