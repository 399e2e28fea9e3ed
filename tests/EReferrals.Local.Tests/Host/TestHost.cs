using System.Collections.Concurrent;
using System.Reflection;
using Azure.Messaging.ServiceBus;
using EReferrals.Local.FunctionsHost;
using EReferrals.Local.ServiceBusEmulator;
using EReferrals.Local.Tests.App;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EReferrals.Local.Tests.Host;

/// <summary>
/// A Functions host with the sample app as its worker, in this process or in its own. Includes a Service Bus emulator when the app has queues.
/// </summary>
internal sealed class TestHost : IAsyncDisposable
{
    public const string WorkerAssembly = "EReferrals.Local.Tests.App.dll";

    private const string Topology = """
        {
          "queues": [
            { "name": "plain", "lockDuration": "PT1M", "maxDeliveryCount": 3, "requiresSession": false, "requiresDuplicateDetection": false },
            { "name": "automatic", "lockDuration": "PT1M", "maxDeliveryCount": 3, "requiresSession": false, "requiresDuplicateDetection": false },
            { "name": "batched", "lockDuration": "PT1M", "maxDeliveryCount": 3, "requiresSession": false, "requiresDuplicateDetection": false }
          ]
        }
        """;

    public static readonly string[] QueueFunctions = ["Plain", "DeadLetters", "Automatic", "Batched"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("functions-host-");
    private EmulatorOptions? _emulatorOptions;
    private IHost? _worker;

    private TestHost()
    {
    }

    /// <summary>The build output of the sample app, next to that of the tests.</summary>
    public static string ApplicationDirectory { get; } = AppContext.BaseDirectory.Replace(
        $"{Path.DirectorySeparatorChar}EReferrals.Local.Tests{Path.DirectorySeparatorChar}",
        $"{Path.DirectorySeparatorChar}EReferrals.Local.Tests.App{Path.DirectorySeparatorChar}",
        StringComparison.Ordinal);

    public FunctionsHost.FunctionsHost Host { get; private set; } = null!;

    public Emulator? Emulator { get; private set; }

    public HttpClient Http { get; private set; } = null!;

    public ServiceBusClient Bus { get; private set; } = null!;

    public ConcurrentQueue<string> Log { get; } = [];

    public static Task<TestHost> StartAsync(Action<FunctionsApplicationBuilder> configure, params string[] settings) =>
        StartAsync(new TestHostOptions { Configure = configure, Settings = settings });

    public static async Task<TestHost> StartAsync(TestHostOptions options)
    {
        var host = new TestHost();
        await host.ListenAsync(options);
        if (!options.IsProcess) await host.StartWorkerAsync(options.Configure);
        await host.Host.LoadedAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return host;
    }

    /// <summary>Starts the host. Starts a worker only when the worker is a process.</summary>
    public static async Task<TestHost> ListenOnlyAsync(TestHostOptions options)
    {
        var host = new TestHost();
        await host.ListenAsync(options);
        return host;
    }

    public async Task StartWorkerAsync(Action<FunctionsApplicationBuilder> configure)
    {
        // The worker finds its generated code through the entry assembly.
        Assembly.SetEntryAssembly(typeof(Script).Assembly);
        var builder = FunctionsApplication.CreateBuilder([]);
        builder.Configuration.AddInMemoryCollection(Host.WorkerConfiguration);
        builder.Services.AddSingleton<Gate>().AddSingleton<TimerLog>().AddSingleton<Script>();
        configure(builder);
        _worker = builder.Build();
        await _worker.StartAsync();
    }

    public async Task SendAsync(string queue, params IEnumerable<string> bodies)
    {
        await using var sender = Bus.CreateSender(queue);
        await sender.SendMessagesAsync(bodies.Select(body => new ServiceBusMessage(body) { MessageId = body }));
    }

    /// <summary>Waits until a queue is empty and no function runs.</summary>
    public Task DrainAsync(string queue) => UntilAsync(() => Emulator!.Broker.QueueStatistics(queue) is { Available: 0, Locked: 0 } && Host.Running == 0);

    /// <summary>Stops the emulator and restarts it after a delay, on the same port and with the same messages.</summary>
    public async Task RestartBrokerAsync(TimeSpan away)
    {
        await Emulator!.DisposeAsync();
        await Task.Delay(away);
        Emulator = await Emulator.StartAsync(_emulatorOptions!);
    }

    public static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition()) await Task.Delay(5, patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Host.DisposeAsync();
        if (_worker is not null)
        {
            await _worker.StopAsync();
            _worker.Dispose();
        }

        if (Bus is not null) await Bus.DisposeAsync();
        if (Emulator is not null) await Emulator.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task ListenAsync(TestHostOptions options)
    {
        var settings = options.Settings.Select(setting => setting.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        settings.TryAdd("HourlySchedule", "0 0 * * * *");
        settings.TryAdd("BatchQueue", "batched");
        settings["ServiceBusConnection"] = "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=x;SharedAccessKey=x;UseDevelopmentEmulator=true";
        if (options.HasQueues)
        {
            var topology = Path.Combine(_folder.FullName, "messaging.json");
            await File.WriteAllTextAsync(topology, Topology);
            _emulatorOptions = new EmulatorOptions { StateFile = Path.Combine(_folder.FullName, "bus.db"), MessagingFile = topology, Clock = options.Clock };
            Emulator = await Emulator.StartAsync(_emulatorOptions);
            _emulatorOptions = _emulatorOptions with { Port = new Uri(Emulator.ConnectionString.Split(';')[0]["Endpoint=".Length..]).Port };
            settings["ServiceBusConnection"] = Emulator.ConnectionString;
            Bus = new ServiceBusClient(Emulator.ConnectionString);
        }
        else
        {
            foreach (var function in QueueFunctions) settings[$"AzureWebJobs.{function}.Disabled"] = "true";
        }

        Host = await FunctionsHost.FunctionsHost.StartAsync(new FunctionsHostOptions
        {
            ApplicationDirectory = ApplicationDirectory,
            WorkerAssembly = options.IsProcess ? WorkerAssembly : null,
            Settings = settings,
            Timers = options.Timers,
            TimerStateDirectory = options.TimerState,
            Drain = options.Drain,
            BodyLimit = options.BodyLimit,
            Clock = options.Clock,
            Log = Log.Enqueue,
            RespondFirst = options.RespondFirst,
        });
        Http = new HttpClient { BaseAddress = Host.HttpAddress };
    }
}
