using System.Reflection;
using System.Runtime.CompilerServices;
using EReferrals.Local;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Hosting;

namespace EReferrals.Tests;

/// <summary>The app's worker in the process of the tests, over the same protocol as in a process of its own, so that a test can replace its clock or a platform type.</summary>
internal static class InProcessWorker
{
    [ModuleInitializer]
    internal static void Prepare()
    {
        // The worker finds the generated code of an app through its entry assembly, and the app's files through this variable.
        Assembly.SetEntryAssembly(typeof(EReferrals.Program).Assembly);
        Environment.SetEnvironmentVariable("FUNCTIONS_APPLICATION_DIRECTORY", AppContext.BaseDirectory);
        Environment.SetEnvironmentVariable("AZURE_FUNCTIONS_ENVIRONMENT", Environments.Development);
    }

    public static FunctionsApplicationBuilder CreateBuilder(string[] settings)
    {
        // A watcher for each host costs an inotify instance, of which a machine has few.
        Environment.SetEnvironmentVariable("DOTNET_hostBuilder__reloadConfigOnChange", "false");
        return FunctionsApplication.CreateBuilder(settings);
    }

    /// <summary>Lets a test change settings that the platform gives, before the app has read them.</summary>
    public static void WhenConfigured(FunctionsApplicationBuilder worker, Action<IConfiguration> change) =>
        ((List<Action<IConfiguration>>)(worker.Properties.TryGetValue(typeof(InProcessWorker), out var changes)
            ? changes
            : worker.Properties[typeof(InProcessWorker)] = new List<Action<IConfiguration>>())).Add(change);

    /// <summary>The clock that the test registered; the system's when it registered none.</summary>
    public static TimeProvider ClockOf(FunctionsApplicationBuilder worker) =>
        worker.Services.LastOrDefault(service => service.ServiceType == typeof(TimeProvider))?.ImplementationInstance as TimeProvider ?? TimeProvider.System;

    /// <summary>The storage of another app, when the test names it; null for emulators of its own.</summary>
    public static (string Records, string Contingency)? StorageOf(FunctionsApplicationBuilder worker) =>
        worker.Configuration["Records:ConnectionString"] is { } records && worker.Configuration["Contingency:ConnectionString"] is { } contingency
            ? (records, contingency)
            : null;

    /// <summary>The bus of another app, when the test names it: host and worker then both use that.</summary>
    public static IReadOnlyDictionary<string, string> BusOf(FunctionsApplicationBuilder worker) =>
        worker.Configuration["ServiceBusConnection"] is { } bus ? new Dictionary<string, string> { ["ServiceBusConnection"] = bus } : new Dictionary<string, string>();

    /// <summary>Starts the worker against the platform's host. What the test set wins over the platform's settings.</summary>
    public static async Task<IHost> StartAsync(FunctionsApplicationBuilder worker, LocalPlatform platform)
    {
        var settings = platform.AppSettings.ToDictionary(pair => pair.Key.Replace("__", ":", StringComparison.Ordinal), pair => (string?)pair.Value);
        worker.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = settings });
        worker.Configuration.AddInMemoryCollection(platform.Host.WorkerConfiguration);
        if (worker.Properties.TryGetValue(typeof(InProcessWorker), out var changes))
        {
            foreach (var change in (List<Action<IConfiguration>>)changes) change(worker.Configuration);
        }

        worker.AddEReferrals();
        var host = worker.Build();
        await host.StartAsync();
        return host;
    }
}
