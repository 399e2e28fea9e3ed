using EReferrals.LocalRuntime.Host;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.Azure.Functions.Worker.Builder;

public class FunctionsApplicationBuilder : IHostApplicationBuilder, IFunctionsWorkerApplicationBuilder
{
    private readonly LocalStart start;
    private readonly List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware = [];

    internal FunctionsApplicationBuilder(string[]? args) => start = LocalStart.Begin(args);

    public IDictionary<object, object> Properties => ((IHostApplicationBuilder)start.Builder).Properties;

    public ConfigurationManager Configuration => start.Builder.Configuration;

    public IHostEnvironment Environment => start.Builder.Environment;

    public ILoggingBuilder Logging => start.Builder.Logging;

    public IMetricsBuilder Metrics => start.Builder.Metrics;

    public IServiceCollection Services => start.Builder.Services;

    IConfigurationManager IHostApplicationBuilder.Configuration => start.Builder.Configuration;

    public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        this.middleware.Add(middleware);
        return this;
    }

    public void ConfigureContainer<TContainerBuilder>(
        IServiceProviderFactory<TContainerBuilder> factory, Action<TContainerBuilder>? configure = null)
        where TContainerBuilder : notnull =>
        start.Builder.ConfigureContainer(factory, configure);

    public IHost Build() => start.Build(middleware);
}
