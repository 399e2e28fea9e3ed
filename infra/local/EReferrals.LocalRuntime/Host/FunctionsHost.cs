using EReferrals.LocalRuntime.Identity;
using EReferrals.LocalRuntime.Scanner;
using EReferrals.LocalRuntime.Seeding;
using Azure.Messaging.ServiceBus;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EReferrals.LocalRuntime.Host;

/// <summary>Runs the functions: the front door, a pump for each queue and timer function, the issuer, the scanner and the seeding.</summary>
internal sealed partial class FunctionsHost : IHostedService, IAsyncDisposable
{
    // After the running invocations were told to stop.
    private static readonly TimeSpan LastWait = TimeSpan.FromSeconds(5);

    private readonly LocalEnvironment environment;
    private readonly IConfiguration configuration;
    private readonly ILogger<FunctionsHost> log;
    private readonly FrontDoor frontDoor;
    private readonly TokenIssuer issuer;
    private readonly Seeder seeder;
    private readonly List<QueuePump> queues = [];
    private readonly List<TimerPump> timers = [];
    private readonly Dictionary<string, ServiceBusClient> clients = [];
    private readonly CancellationTokenSource stopping = new();
    private Task seeding = Task.CompletedTask;

    public FunctionsHost(
        IServiceProvider services,
        LocalEnvironment environment,
        HostJson hostJson,
        IReadOnlyList<LocalFunction> functions,
        IReadOnlyList<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware)
    {
        this.environment = environment;
        configuration = services.GetRequiredService<IConfiguration>();
        log = services.GetRequiredService<ILogger<FunctionsHost>>();
        var time = services.GetRequiredService<TimeProvider>();
        var settings = environment.Settings;
        Runner = new FunctionRunner(
            services.GetRequiredService<IServiceScopeFactory>(), middleware, hostJson.FunctionTimeout, time,
            services.GetRequiredService<ILogger<FunctionRunner>>());
        issuer = new TokenIssuer(
            environment.Issuer, configuration["Security:Audience"]!, TokenIssuer.KeyIn(settings.StateFolder), time);
        seeder = new Seeder(settings.SeedFile, environment.Address, issuer, settings.Progress, log);
        Scanner = MakeScanner(time);
        foreach (var function in functions)
        {
            // The platform's own switch, which operators use.
            if (configuration.GetValue<bool>($"AzureWebJobs.{function.Name}.Disabled")) continue;
            if (function.Trigger is QueueFunctionTrigger queue)
                queues.Add(new QueuePump(function, Client(queue.Connection), hostJson.ServiceBus, settings.SessionBatches, Runner, time, log));
            else if (function.Trigger is TimerFunctionTrigger)
                timers.Add(new TimerPump(function, settings.StateFolder, Runner, time, log));
        }

        frontDoor = new FrontDoor(
            functions, hostJson.Http, new FrontDoorSettings(settings.FunctionKey, settings.BodyLimit), Runner, environment.Socket, AnswerAsync,
            services.GetRequiredService<ILoggerFactory>());
    }

    public FunctionRunner Runner { get; }

    /// <summary>Null when no storage account is configured, or the setting Local:Scanner is false.</summary>
    public MalwareScanner? Scanner { get; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await frontDoor.StartAsync(cancellationToken);
        foreach (var queue in queues) queue.Start();
        if (environment.Settings.Timers) timers.ForEach(timer => timer.Start());
        Scanner?.Start();
        seeding = SeedAsync();
    }

    /// <summary>Accepts nothing new, lets what runs end, and after the drain time tells it to.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        using var patience = new CancellationTokenSource(environment.Settings.Drain);
        await using var tell = patience.Token.Register(Runner.CancelAll);
        using var end = new CancellationTokenSource(environment.Settings.Drain + LastWait);
        var ended = Task.WhenAll(
            [frontDoor.StopAsync(end.Token), PauseAsync(), .. timers.Select(timer => timer.DisposeAsync().AsTask()), seeding]);
        try
        {
            await ended.WaitAsync(end.Token);
        }
        catch (OperationCanceledException)
        {
            Log.CutOff(log, Runner.Running);
        }

        if (Scanner is not null) await Scanner.DisposeAsync();
    }

    public Task PauseAsync() => Task.WhenAll(queues.Select(queue => queue.StopAsync()));

    public void Resume() => queues.ForEach(queue => queue.Start());

    public Task RunTimerAsync(string function) =>
        (timers.Find(timer => timer.Name == function) ?? throw new ArgumentException($"There is no timer function '{function}'.", nameof(function)))
        .RunNowAsync();

    public async ValueTask DisposeAsync()
    {
        await frontDoor.DisposeAsync();
        foreach (var client in clients.Values) await client.DisposeAsync();
        Runner.Dispose();
        stopping.Dispose();
    }

    private MalwareScanner? MakeScanner(TimeProvider time)
    {
        var records = configuration["Records:ConnectionString"];
        if (!environment.Settings.Scanner || string.IsNullOrEmpty(records)) return null;
        return new MalwareScanner(
            MalwareScanner.ContainerOf(records), Client("ServiceBusConnection").CreateSender(MalwareScanner.Queue),
            environment.Settings.StateFolder, time, log);
    }

    private ServiceBusClient Client(string connection)
    {
        if (clients.TryGetValue(connection, out var client)) return client;
        // The same two ways to configure a connection as the Service Bus extension has.
        client = configuration[$"{connection}:fullyQualifiedNamespace"] is { } name
            ? new ServiceBusClient(name, new NoCredential())
            : new ServiceBusClient(configuration[connection]);
        return clients[connection] = client;
    }

    private async Task SeedAsync()
    {
        try
        {
            if (environment.Settings.Seed) await seeder.RunAsync(stopping.Token);
            else seeder.Skip();
            environment.SayReady();
        }
        catch (OperationCanceledException)
        {
            // Stopped before it was ready.
        }
        catch (Exception e)
        {
            Log.NotSeeded(log, e);
        }
    }

    private ValueTask<bool> AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        if (path.StartsWith("/local/", StringComparison.Ordinal)) return issuer.AnswerAsync(http);
        if (seeder.IsDone || path != "/health/ready") return new(false);
        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        http.Response.Headers.RetryAfter = "1";
        return new(true);
    }

    private static partial class Log
    {
        [LoggerMessage(60, LogLevel.Warning, "Stopped with {Running} invocations still running.")]
        public static partial void CutOff(ILogger logger, int running);

        [LoggerMessage(61, LogLevel.Error, "The seed was not loaded.")]
        public static partial void NotSeeded(ILogger logger, Exception exception);
    }
}
