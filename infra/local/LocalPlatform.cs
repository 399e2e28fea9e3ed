using EReferrals.Local.Azurite;
using EReferrals.Local.FunctionsHost;
using EReferrals.Local.Identity;
using EReferrals.Local.Seeding;
using EReferrals.Local.ServiceBusEmulator;
using EReferrals.Local.ServiceBusEmulator.Broker;

namespace EReferrals.Local;

/// <summary>Runs the app on one machine: its services, the Functions host with the token issuer, and the worker. Disposing it ends all of them.</summary>
public sealed class LocalPlatform : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan DeadLetterPatience = TimeSpan.FromSeconds(2);

    private readonly LocalPlatformOptions _options;
    private readonly LocalServices _services;
    private readonly CancellationTokenSource _stopping = new();
    private Seeder _seeder = null!;
    private Task _seeding = Task.CompletedTask;
    private bool _isDisposed;

    private LocalPlatform(LocalPlatformOptions options, LocalServices services) => (_options, _services) = (options, services);

    /// <summary>The address with the host name that the token issuer also uses.</summary>
    public Uri HttpAddress => new($"http://localhost:{Host.HttpAddress.Port}");

    public FunctionsHost.FunctionsHost Host { get; private set; } = null!;

    /// <summary>Null when the platform uses existing storage accounts.</summary>
    public AzuriteSupervisor? Azurite => _services.Azurite;

    /// <summary>The broker of an emulator in this process.</summary>
    public LocalBroker Broker => _services.Emulator?.Broker ?? throw new InvalidOperationException("The emulator runs in its own process.");

    /// <summary>The emulator's process; null when the emulator runs in this process.</summary>
    public EmulatorProcess? EmulatorProcess => _services.EmulatorProcess;

    public string ServiceBusConnection => _services.ServiceBusConnection;

    /// <summary>The app settings of the worker.</summary>
    public IReadOnlyDictionary<string, string> AppSettings { get; private set; } = null!;

    /// <summary>Returns when everything listens. <see cref="ReadyAsync"/> completes when the worker has loaded and the seed is stored.</summary>
    /// <exception cref="LocalStartException">A requirement that the user can fix is missing or in use.</exception>
    public static async Task<LocalPlatform> StartAsync(LocalPlatformOptions options, CancellationToken cancellationToken = default)
    {
        if (options.Port != 0) TakePort(options.Port);
        var platform = new LocalPlatform(options, await LocalServices.StartAsync(options, cancellationToken));
        try
        {
            await platform.StartHostAsync(cancellationToken);
            return platform;
        }
        catch
        {
            await platform.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes when the functions are loaded and the seed is stored.</summary>
    /// <exception cref="LocalStartException">The functions could not be loaded: nothing works.</exception>
    public Task ReadyAsync() => _seeding;

    /// <summary>
    /// Completes when no message is available or locked, no invocation runs and the scanner has seen every attachment. Waits at most two seconds for dead
    /// letters, because no function may read them.
    /// </summary>
    public async Task DrainAsync(CancellationToken cancellationToken = default)
    {
        var since = TimeProvider.System.GetTimestamp();
        try
        {
            while (!await IsDrainedAsync(since, cancellationToken)) await Task.Delay(Look, TimeProvider.System, cancellationToken);
        }
        catch (OperationCanceledException ex)
        {
            throw new TimeoutException($"Not drained: {Host.Running} invocations are running; {string.Join("; ", Broker.Statistics())}", ex);
        }
    }

    private async Task<bool> IsDrainedAsync(long since, CancellationToken cancellationToken)
    {
        await WhenBrokerIsIdleAsync(cancellationToken);
        if (_services.Scanner is not null && await _services.Scanner.ScanAsync(cancellationToken)) return false;
        if (Broker.DeadLettered > 0 && TimeProvider.System.GetElapsedTime(since) < DeadLetterPatience) return false;
        return Host.Running == 0 && Broker.WhenIdleAsync(cancellationToken).IsCompletedSuccessfully;
    }

    // A receiver can lose a message that was sent to it in the moment in which its wait ended. In the cloud the lock then expires after a minute and the
    // message is delivered again; the clock of a test may stand still. A lock counts as lost when nothing at all has happened for five seconds.
    private async Task WhenBrokerIsIdleAsync(CancellationToken cancellationToken)
    {
        var idle = Broker.WhenIdleAsync(cancellationToken);
        var last = Broker.Statistics().ToArray();
        for (var quietSeconds = 0; !idle.IsCompleted;)
        {
            await Task.WhenAny(idle, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            var current = Broker.Statistics().ToArray();
            quietSeconds = Host.Running == 0 && current.SequenceEqual(last) ? quietSeconds + 1 : 0;
            last = current;
            if (quietSeconds < 5) continue;
            Broker.EndLocks();
            quietSeconds = 0;
        }

        await idle;
    }

    /// <summary>Stops all queue functions from receiving and completes when the running ones have ended.</summary>
    public Task PauseTriggersAsync() => Host.PauseTriggersAsync();

    public void ResumeTriggers() => Host.ResumeTriggers();

    /// <summary>Runs a timer function now, after any running invocation of it. Completes with the run and throws when it fails.</summary>
    public Task RunTimerAsync(string function) => Host.RunTimerAsync(function);

    public void PauseScanner() => _services.Scanner?.Pause();

    public void ResumeScanner() => _services.Scanner?.Resume();

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        await _stopping.CancelAsync();
        await _seeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // End the users of the services first, then the services.
        if (Host is not null) await Host.DisposeAsync();
        await _services.DisposeAsync();
        _stopping.Dispose();
    }

    /// <summary>Returns the given port, or a free one for 0.</summary>
    /// <exception cref="LocalStartException">The port is in use.</exception>
    internal static int TakePort(int requested)
    {
        if (requested == 0) return FreePort.Take();
        if (FreePort.Problem(requested) is not { } problem) return requested;
        throw new LocalStartException($"Port {requested} cannot be used ({problem}). Set EREFERRALS_PORT to another port.");
    }

    private async Task StartHostAsync(CancellationToken cancellationToken)
    {
        // Choose the port only now: another process may take a free port that is chosen seconds before it is used.
        var port = TakePort(_options.Port);
        var issuer = _services.IssuerAt(port);
        AppSettings = _services.AppSettings(issuer);
        _seeder = new Seeder(Folders.Seed, new Uri($"http://localhost:{port}"), issuer, _options.Clock, _options.Progress);
        if (!_options.Seed) _seeder.Skip();
        Host = await FunctionsHost.FunctionsHost.StartAsync(
            new FunctionsHostOptions
            {
                ApplicationDirectory = _options.ApplicationDirectory,
                Port = port,
                Settings = AppSettings,
                WorkerAssembly = _options.WorkerAssembly,
                Timers = _options.Timers,
                TimerStateDirectory = _services.FileOf("timers"),
                Drain = _options.Drain,
                Clock = _options.Clock,
                Log = _options.Progress,
                RespondFirst = http => RespondAsync(http, issuer),
            },
            cancellationToken);
        _seeding = SeedAsync();
    }

    private async Task SeedAsync()
    {
        try
        {
            await Host.LoadedAsync(_stopping.Token);
            if (_options.Seed) await _seeder.SeedAsync(_stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // The platform was stopped before it was ready.
        }
        catch (FunctionsHostStartException ex)
        {
            throw new LocalStartException($"The app did not start. {ex.Message}");
        }
        catch (Exception ex)
        {
            _options.Progress($"Error: the seed was not loaded. {ex}");
        }
    }

    private async ValueTask<bool> RespondAsync(HttpContext http, TokenIssuer issuer)
    {
        var path = http.Request.Path.Value!;
        if (path.StartsWith("/local/", StringComparison.Ordinal)) return await issuer.AnswerAsync(http);
        if (_seeder.IsDone || path != "/health/ready") return false;
        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        http.Response.Headers.RetryAfter = "1";
        return true;
    }
}
