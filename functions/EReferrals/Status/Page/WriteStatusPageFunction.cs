using System.Text.Json;
using EReferrals.Http.Html;
using EReferrals.Resilience;
using EReferrals.Status.Canary;
using EReferrals.Status.Health;
using EReferrals.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace EReferrals.Status.Page;

/// <summary>Writes the page and the status as files every minute, between two canaries, so that they can be read when this service cannot be reached.</summary>
public sealed partial class WriteStatusPageFunction(
    ServiceStatus status, CanaryWatch canary, StatusPageBlobs files, TimeProvider clock, ILogger<WriteStatusPageFunction> logger)
{
    [Function(nameof(WriteStatusPageFunction))]
    public async Task WriteAsync([TimerTrigger("30 * * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        var report = await status.GetAsync();
        var page = StatusPage.Render(report, await canary.HistoryAsync(), clock.GetUtcNow(), isFile: true);
        try
        {
            await files.WriteAsync("index.html", HtmlPage.ContentType, page, cancellationToken);
            var json = JsonSerializer.SerializeToUtf8Bytes(report, StatusJson.Default.StatusReport);
            await files.WriteAsync("status.json", Http.Responses.Json, json, cancellationToken);
        }
        catch (Exception ex) when (Transient.Is(ex, cancellationToken))
        {
            // The files that are there say how old they are.
            Log.NotWritten(logger, ex);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2212, LogLevel.Warning, "The status page could not be written as a file; it is tried again in a minute")]
        public static partial void NotWritten(ILogger logger, Exception passing);
    }
}
