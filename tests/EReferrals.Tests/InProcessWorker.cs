using System.Reflection;
using System.Runtime.CompilerServices;
using EReferrals.Local;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Hosting;

namespace EReferrals.Tests;

/// <summary>
/// Runs the app's worker in the test process over the same protocol as in its own process, so that a test can replace its clock or a platform type.
/// </summary>
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
        // A file watcher for each host would use up the machine's few inotify instances.
        Environment.SetEnvironmentVariable("DOTNET_hostBuilder__reloadConfigOnChange", "false");
        return FunctionsApplication.CreateBuilder(settings);
    }

    /// <summary>Lets a test change platform settings before the app reads them.</summary>
    public static void WhenConfigured(FunctionsApplicationBuilder worker, Action<IConfiguration> change) =>
        ((List<Action<IConfiguration>>)(worker.Properties.TryGetValue(typeof(InProcessWorker), out var changes)
            ? changes
            : worker.Properties[typeof(InProcessWorker)] = new List<Action<IConfiguration>>())).Add(change);

    /// <summary>Returns the clock that the test registered, or the system clock.</summary>
    public static TimeProvider ClockOf(FunctionsApplicationBuilder worker) =>
        worker.Services.LastOrDefault(service => service.ServiceType == typeof(TimeProvider))?.ImplementationInstance as TimeProvider ?? TimeProvider.System;

    /// <summary>Returns the storage of another app when the test names it; null when the app gets its own emulators.</summary>
    public static (string Records, string Contingency)? StorageOf(FunctionsApplicationBuilder worker) =>
        worker.Configuration["Records:ConnectionString"] is { } records && worker.Configuration["Contingency:ConnectionString"] is { } contingency
            ? (records, contingency)
            : null;

    /// <summary>Returns the bus of another app when the test names it. Host and worker then both use it.</summary>
    public static IReadOnlyDictionary<string, string> BusOf(FunctionsApplicationBuilder worker) =>
        worker.Configuration["ServiceBusConnection"] is { } bus
            ? new Dictionary<string, string> { ["ServiceBusConnection"] = bus }
            : new Dictionary<string, string>();

    /// <summary>Starts the worker against the platform's host. Settings of the test override those of the platform.</summary>
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
