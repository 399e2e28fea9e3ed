using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Azure.Core;
using Azure.Core.Pipeline;
using EReferrals.Tests.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace EReferrals.Tests.Contingency;

/// <summary>
/// A workspace of Log Analytics on this machine, with the documented query API. It does not evaluate a query, but takes the place and the limit of its rows
/// from the query and returns the rows in the order that the query demands.
/// </summary>
internal sealed partial class LogWorkspace : IAsyncDisposable
{
    public const string Id = "7e6f5d4c-3b2a-4190-8877-665544332211";

    private static readonly string[] Columns = ["TimeGenerated", "Ingested", "Reference", "Uri", "CallerIpAddress"];

    private readonly WebApplication _server;

    private LogWorkspace()
    {
        _server = LoopbackServer.Create();
        _server.MapPost($"/v1/workspaces/{Id}/query", AnswerAsync);
    }

    public ConcurrentQueue<LogRow> Rows { get; } = [];

    /// <summary>The queries that were asked, with the header that authorises them.</summary>
    public ConcurrentQueue<(AuthenticationHeaderValue Authorization, string Query)> Asked { get; } = [];

    /// <summary>Answers with this status and body instead of rows; null for rows.</summary>
    public (int Status, string Body)? Failure { get; set; }

    public static async Task<LogWorkspace> StartAsync()
    {
        var workspace = new LogWorkspace();
        await workspace._server.StartAsync();
        return workspace;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>Carries what is sent to the public API to this server.</summary>
    public HttpPipelineTransport Transport() => new HttpClientTransport(new HttpClient(new Redirect(new Uri(_server.Urls.Single()))));

    private async Task AnswerAsync(HttpContext context)
    {
        var body = await JsonNode.ParseAsync(context.Request.Body);
        var query = (string)body!["query"]!;
        Asked.Enqueue((AuthenticationHeaderValue.Parse(context.Request.Headers.Authorization!), query));
        context.Response.ContentType = "application/json";
        var (status, answer) = Failure ?? (200, AnswerTo(query));
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(answer);
    }

    private string AnswerTo(string query)
    {
        var (until, after, reference) = (Until().Match(query), After().Match(query), Reference().Match(query));
        var place = (At: InstantOf(after), Reference: reference.Groups[1].Value);
        var take = int.Parse(Take().Match(query).Groups[1].Value, CultureInfo.InvariantCulture);
        var rows = Rows
            .Where(row => row.Ingested <= InstantOf(until))
            .Where(row => row.Ingested > place.At || (row.Ingested == place.At && string.CompareOrdinal(row.Reference, place.Reference) > 0))
            .OrderBy(row => row.Ingested).ThenBy(row => row.Reference, StringComparer.Ordinal)
            .Take(take)
            .Select(row => (JsonNode)row.ToJson());
        return new JsonObject
        {
            ["tables"] = new JsonArray(new JsonObject
            {
                ["name"] = "PrimaryResult",
                ["columns"] = new JsonArray([.. Columns.Select(name => new JsonObject { ["name"] = name, ["type"] = "string" })]),
                ["rows"] = new JsonArray([.. rows]),
            }),
        }.ToJsonString();
    }

    private static DateTimeOffset InstantOf(Match match) => DateTimeOffset.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Ingested <= datetime\((\S+)\)")]
    private static partial Regex Until();

    [GeneratedRegex(@"Ingested > datetime\((\S+)\)")]
    private static partial Regex After();

    [GeneratedRegex(@"strcmp\(Reference, '([0-9a-f-]+)'\) > 0")]
    private static partial Regex Reference();

    [GeneratedRegex(@"take ([0-9]+)")]
    private static partial Regex Take();

    private sealed class Redirect(Uri server) : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.Equal("https://api.loganalytics.azure.com", request.RequestUri!.GetLeftPart(UriPartial.Authority));
            request.RequestUri = new Uri(server, request.RequestUri.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}

/// <summary>A row of StorageBlobLogs. What the emulator and the tests do not vary is left out.</summary>
/// <param name="Read">The column TimeGenerated. A text that is no instant makes the row unreadable.</param>
internal sealed record LogRow(DateTimeOffset Ingested, string Reference, string Read, JsonNode? Uri, string? Caller)
{
    public JsonArray ToJson() => [Read, $"{Ingested.UtcDateTime:o}", Reference, Uri?.DeepClone(), Caller];
}

/// <summary>A token for the scope that was asked for, as text.</summary>
internal sealed class ScopeCredential : TokenCredential
{
    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        new(string.Join(' ', requestContext.Scopes), DateTimeOffset.MaxValue);

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        ValueTask.FromResult(GetToken(requestContext, cancellationToken));
}
