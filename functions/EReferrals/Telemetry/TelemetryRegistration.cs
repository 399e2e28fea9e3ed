using Azure.Core;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;

namespace EReferrals.Telemetry;

/// <summary>Where logs, traces and the service's own instruments go: to Azure Monitor, to an OpenTelemetry collector, to both, or nowhere.</summary>
internal static class TelemetryRegistration
{
    public static void AddTelemetry(this FunctionsApplicationBuilder builder, TokenCredential credential)
    {
        builder.Services.AddSingleton<ServiceTelemetry>();
        FilterLogs(builder.Logging);
        var toAzureMonitor = builder.Configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"] is { Length: > 0 };
        var toCollector = builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 };
        // Without a place to send to, nothing is collected: a listener costs every request, whether anybody reads what it hears or not.
        if (!toAzureMonitor && !toCollector) return;

        var telemetry = builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter(ServiceTelemetry.Name))
            .WithTracing(tracing => tracing.AddSource(ServiceTelemetry.Name))
            .UseFunctionsWorkerDefaults();
        if (toCollector) telemetry.UseOtlpExporter();
        if (!toAzureMonitor) return;
        telemetry.UseAzureMonitorExporter(options =>
        {
            options.Credential = credential;
            // A log entry is not dropped because the trace around it was not sampled.
            options.EnableTraceBasedLogsSampler = false;
        });
    }

    // Here, because the levels of host.json never reach the worker. What the clients of storage and queues say below a warning may quote
    // addresses and headers; what this service says is written so that it quotes no data.
    private static void FilterLogs(ILoggingBuilder logging) => logging
        .SetMinimumLevel(LogLevel.Warning)
        .AddFilter(null, LogLevel.Warning)
        .AddFilter("Azure", LogLevel.Warning)
        .AddFilter(nameof(EReferrals), LogLevel.Information);
}
