using Azure.Core;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace EReferrals;

/// <summary>Logs, traces and the service's own instruments go to Application Insights, under the service's identity.</summary>
public static partial class Composition
{
    static partial void AddTelemetry(FunctionsApplicationBuilder builder, TokenCredential credential)
    {
        // Without a place to send to (a build that is tried on a desk) there is nothing to add.
        if (builder.Configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"] is not { Length: > 0 }) return;
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter(Telemetry.Name))
            .WithTracing(tracing => tracing.AddSource(Telemetry.Name))
            .UseFunctionsWorkerDefaults()
            .UseAzureMonitorExporter(options =>
            {
                options.Credential = credential;
                // A log entry is not dropped because the trace around it was not sampled.
                options.EnableTraceBasedLogsSampler = false;
            });
    }
}
