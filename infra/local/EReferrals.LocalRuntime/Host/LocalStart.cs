using System.Reflection;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EReferrals.LocalRuntime.Host;

/// <summary>
/// From <c>CreateBuilder</c> to <c>Build</c>. The storage emulators start in the first, because the program reads its settings between
/// the two; the broker opens in the second, because its clock is the application's.
/// </summary>
internal sealed class LocalStart
{
    private readonly LocalEnvironment environment;

    private LocalStart(HostApplicationBuilder builder, LocalEnvironment environment) => (Builder, this.environment) = (builder, environment);

    public HostApplicationBuilder Builder { get; }

    public static LocalStart Begin(string[]? args)
    {
        var builder = MakeBuilder(args);
        try
        {
            var environment = LocalEnvironment.Prepare(builder.Configuration);
            if (environment.Settings.IsApp) builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
            return new LocalStart(builder, environment);
        }
        catch (LocalRuntimeStartException e)
        {
            StartFailure.Report(e, LocalSettings.HoldsTheApp(builder.Configuration));
            throw;
        }
    }

    public IHost Build(IReadOnlyList<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware)
    {
        try
        {
            return new LocalHost(BuildInner(middleware), environment);
        }
        catch (Exception e)
        {
            environment.DisposeAsync().AsTask().GetAwaiter().GetResult();
            if (StartFailure.IsForTheUser(e)) StartFailure.Report(e, environment.Settings.IsApp);
            throw;
        }
    }

    private IHost BuildInner(IReadOnlyList<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware)
    {
        var settings = environment.Settings;
        var hostJson = HostJson.Load(settings.HostFile, Builder.Configuration);
        var functions = new FunctionCatalog(Builder.Configuration, ReadQueues(settings.MessagingFile)).Read(TypesWithFunctions(settings));
        Builder.Services.TryAddSingleton(TimeProvider.System);
        Builder.Services.AddSingleton(services => new FunctionsHost(services, environment, hostJson, functions, middleware));
        Builder.Services.AddSingleton(services => new LocalRuntimeControl(environment, services.GetRequiredService<FunctionsHost>()));
        // Last: it starts after the program's own services and stops before them.
        Builder.Services.AddHostedService(services => services.GetRequiredService<FunctionsHost>());
        Builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = settings.Drain + TimeSpan.FromSeconds(30));
        var host = Builder.Build();
        environment.OpenBroker(host.Services.GetRequiredService<TimeProvider>());
        return host;
    }

    private static HostApplicationBuilder MakeBuilder(string[]? args)
    {
        var configuration = new ConfigurationManager();
        configuration.AddEnvironmentVariables("AZURE_FUNCTIONS_");
        // A watcher per host costs an inotify instance, of which a machine has few.
        configuration.AddInMemoryCollection([new("hostBuilder:reloadConfigOnChange", "false")]);
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = args,
            Configuration = configuration,
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = configuration[HostDefaults.EnvironmentKey] is null ? Environments.Development : null,
        });
        builder.Logging.ClearProviders();
        return builder;
    }

    private static IEnumerable<Type> TypesWithFunctions(LocalSettings settings)
    {
        try
        {
            return Assembly.Load(settings.FunctionsAssembly).GetTypes()
                .Where(type => settings.FunctionsNamespace is null || type.Namespace == settings.FunctionsNamespace);
        }
        catch (IOException)
        {
            throw new LocalRuntimeStartException($"Local:FunctionsAssembly names '{settings.FunctionsAssembly}', which is not beside the program.");
        }
    }

    private static Dictionary<string, bool> ReadQueues(string file)
    {
        if (!File.Exists(file)) throw new LocalRuntimeStartException($"messaging.json is not at {file}.");
        using var document = JsonDocument.Parse(File.ReadAllText(file));
        return document.RootElement.GetProperty("queues").EnumerateArray().ToDictionary(
            queue => queue.GetProperty("name").GetString()!,
            queue => queue.TryGetProperty("requiresSession", out var sessions) && sessions.GetBoolean(),
            StringComparer.OrdinalIgnoreCase);
    }
}
