using System.Reflection;
using System.Runtime.InteropServices;

namespace EReferrals.Local;

/// <summary>The program <c>dotnet run --project infra/local [-- --services-only]</c>.</summary>
internal static class LocalProgram
{
    /// <summary>The environment variable that says that this is local work.</summary>
    internal const string OptIn = "EREFERRALS_LOCAL";

    private const int Interrupted = 130;
    private const int AppPort = 7071;

    private static int _interrupts;

    public static async Task<int> ServeAsync(string[] arguments)
    {
        using var stopping = new CancellationTokenSource();
        // The first Ctrl-C drains. The second ends at once.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, stopping));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, stopping));
        try
        {
            var servicesOnly = IsServicesOnly(arguments);
            var options = Options(servicesOnly ? ServicesOnly.TokenPort : AppPort);
            if (servicesOnly) await ServicesOnly.ServeAsync(options, stopping.Token);
            else await RunAppAsync(options, stopping.Token);
            return 0;
        }
        catch (LocalStartException ex)
        {
            Console.Error.WriteLine(ex.Message.ReplaceLineEndings(" "));
            return 1;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return 0;
        }
    }

    private static async Task RunAppAsync(LocalPlatformOptions options, CancellationToken stopping)
    {
        var begun = TimeProvider.System.GetTimestamp();
        await using var platform = await LocalPlatform.StartAsync(options, stopping);
        await platform.ReadyAsync();
        if (stopping.IsCancellationRequested) return;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Ready: {platform.HttpAddress.ToString().TrimEnd('/')} (after {TimeProvider.System.GetElapsedTime(begun).TotalSeconds:0.0} s)"));
        await Task.Delay(Timeout.Infinite, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Console.WriteLine("Stopping after running work has finished. Press Ctrl-C again to end at once.");
    }

    private static bool IsServicesOnly(string[] arguments) => arguments switch
    {
        [] => false,
        ["--services-only"] => true,
        _ => throw new LocalStartException($"'{string.Join(' ', arguments)}' is not an option. The only option is --services-only."),
    };

    private static LocalPlatformOptions Options(int port)
    {
        var environment = new LocalEnvironment();
        // 'dotnet run' sets it (Properties/launchSettings.json). A copy of the program that somebody starts on a server does not have it.
        if (environment.Text(OptIn) != "true")
        {
            throw new LocalStartException(
                $"The local platform is for local work and tests, never for production: its token issuer signs everything. Set {OptIn}=true to start it, or "
                + "use 'dotnet run --project infra/local'.");
        }

        var options = new LocalPlatformOptions
        {
            StateFolder = environment.Text("EREFERRALS_STATE") ?? DefaultState(),
            ApplicationDirectory = ApplicationDirectory(),
            Port = environment.Number("EREFERRALS_PORT", port, most: ushort.MaxValue),
            Seed = environment.Flag("Local__Seed"),
            Scanner = environment.Flag("Local__Scanner"),
            Drain = TimeSpan.FromSeconds(environment.Number("Local__DrainSeconds", 30)),
            Progress = Console.WriteLine,
        };
        environment.RefuseUnknown();
        EmulatorsOnly.Check(environment.All);
        return options;
    }

    /// <summary>Returns the output folder of the app that was built together with this program.</summary>
    public static string ApplicationDirectory() => typeof(LocalProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == nameof(ApplicationDirectory)).Value!;

    private static string DefaultState() => Folders.Above(AppContext.BaseDirectory, "EReferrals.sln") is { } repository
        ? Path.Combine(repository, ".local")
        : throw new LocalStartException(
            "No EReferrals.sln was found above the program, so that there is no folder for .local. Set EREFERRALS_STATE to a folder.");

    private static void Stop(PosixSignalContext context, CancellationTokenSource stopping)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _interrupts) > 1) Environment.Exit(Interrupted);
        stopping.Cancel();
    }
}
