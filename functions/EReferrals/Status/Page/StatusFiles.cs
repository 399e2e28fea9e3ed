using System.Text.Json;
using EReferrals.Http.Html;
using EReferrals.Resilience;
using EReferrals.Status.Canary;
using EReferrals.Status.Health;
using EReferrals.Storage.Blobs;
using Microsoft.Extensions.Logging;

namespace EReferrals.Status.Page;

/// <summary>Writes the status page and the status as files in a storage account, where they can be read while this service is down.</summary>
public sealed partial class StatusFiles(
    ServiceStatus status, CanaryWatch canary, StatusPageBlobs files, TimeProvider clock, ILogger<StatusFiles> logger)
{
    public async Task WriteAsync(CancellationToken cancellationToken)
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
            // The existing files show how old they are.
            Log.NotWritten(logger, ex);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2212, LogLevel.Warning, "The file of the status page could not be written; the next run retries in a minute")]
        public static partial void NotWritten(ILogger logger, Exception passing);
    }
}
