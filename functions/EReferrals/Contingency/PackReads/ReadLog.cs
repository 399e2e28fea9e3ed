using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using EReferrals.Storage;

namespace EReferrals.Contingency.PackReads;

/// <summary>The log of the storage account in its workspace, by the query API of Log Analytics.</summary>
public sealed class ReadLog
{
    /// <summary>The most rows of one answer.</summary>
    internal const int MostRows = 500;

    private const string Api = "https://api.loganalytics.azure.com/v1/workspaces/";
    private const string Scope = "https://api.loganalytics.io/.default";

    // A row arrives at most this long after its read. Without a bound each question would look at everything that the workspace keeps.
    private static readonly TimeSpan Latest = TimeSpan.FromDays(7);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly HttpPipeline _pipeline;
    private readonly Uri? _address;

    public ReadLog(Settings settings, TokenCredential credential, HttpPipelineTransport transport)
    {
        var options = new Options { Transport = transport };
        options.Retry.MaxRetries = 1;
        options.Retry.NetworkTimeout = Limit;
        _pipeline = HttpPipelineBuilder.Build(options, new BearerTokenAuthenticationPolicy(credential, Scope));
        _address = settings.ReadLogWorkspace is { } workspace ? new Uri($"{Api}{workspace:D}/query") : null;
    }

    /// <summary>Whether the settings name a workspace. An emulator has no log.</summary>
    public bool IsSetUp => _address is not null;

    /// <summary>The first rows after a place that were stored at an instant or before it.</summary>
    /// <exception cref="RequestFailedException">The workspace refused the query.</exception>
    /// <exception cref="InvalidDataException">It did not answer the whole query.</exception>
    internal async Task<ReadLogPage> AskAsync(ReadLogPlace after, DateTimeOffset until, CancellationToken cancellationToken)
    {
        using var message = _pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Post;
        message.Request.Uri.Reset(_address!);
        message.Request.Headers.Add(HttpHeader.Common.JsonContentType);
        var question = new ReadLogQuestion(QueryFor(after, until));
        message.Request.Content = RequestContent.Create(JsonSerializer.SerializeToUtf8Bytes(question, PackReadsJson.Default.ReadLogQuestion));
        await _pipeline.SendAsync(message, cancellationToken);
        return message.Response.Status == 200
            ? ReadLogPage.From(message.Response.Content.ToMemory())
            : throw new RequestFailedException(message.Response);
    }

    // By the time of storing, because rows arrive hours late: by the time of the read they would be missed. The last row's reference continues among rows
    // that were stored at one instant. Every form of a shared access signature counts ("SAS", "SAS Key", "DelegationSas"), and every read that returns bytes.
    internal static string QueryFor(ReadLogPlace after, DateTimeOffset until) =>
        $"""
        StorageBlobLogs
        | where TimeGenerated > {Text(after.Ingested - Latest)} and ingestion_time() >= {Text(after.Ingested)}
        | where Category == 'StorageRead' and AuthenticationType contains 'SAS' and StatusCode startswith '2'
        | where ObjectKey contains '/{Containers.Packs}/' or Uri contains '/{Containers.Packs}/'
        | where OperationName !in ('GetBlobProperties', 'GetBlobMetadata', 'GetBlockList')
        | extend Ingested = ingestion_time(), Reference = tostring(toguid(CorrelationId))
        | where Ingested <= {Text(until)}
        | where Ingested > {Text(after.Ingested)} or (Ingested == {Text(after.Ingested)} and strcmp(Reference, '{after.Reference:D}') > 0)
        | sort by Ingested asc, Reference asc
        | take {MostRows}
        | project {ReadLogPage.Columns}
        """;

    private static string Text(DateTimeOffset instant) =>
        instant.UtcDateTime.ToString("'datetime('yyyy-MM-dd'T'HH:mm:ss.fffffff'Z)'", CultureInfo.InvariantCulture);

    private sealed class Options : ClientOptions;
}
