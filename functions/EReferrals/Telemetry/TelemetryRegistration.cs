using Azure.Core;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;

namespace EReferrals.Telemetry;

/// <summary>Exports logs, traces and the service's metrics to Azure Monitor, to an OpenTelemetry collector, to both, or to neither.</summary>
internal static class TelemetryRegistration
{
    public static void AddTelemetry(this FunctionsApplicationBuilder builder, TokenCredential credential)
    {
        builder.Services.AddSingleton<ServiceTelemetry>();
        FilterLogs(builder.Logging);
        var toAzureMonitor = builder.Configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"] is { Length: > 0 };
        var toCollector = builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 };
        // Without an exporter nothing is collected, because a listener costs time in every request.
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
            // Export log entries even when their trace was not sampled.
            options.EnableTraceBasedLogsSampler = false;
        });
    }

    // Set here because the log levels of host.json do not apply to the worker. Below warnings, the logs of the Azure SDK may contain addresses and
    // headers. This service's own log messages contain no patient data.
    private static void FilterLogs(ILoggingBuilder logging) => logging
        .SetMinimumLevel(LogLevel.Warning)
        .AddFilter(null, LogLevel.Warning)
        .AddFilter("Azure", LogLevel.Warning)
        .AddFilter(nameof(EReferrals), LogLevel.Information);
}
