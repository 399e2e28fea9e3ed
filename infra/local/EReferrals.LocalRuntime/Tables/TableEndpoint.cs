using Azure.Core;
using Azure.Core.Pipeline;

namespace Azure.Data.Tables;

/// <summary>Where an account's tables are, and the pipeline that signs the requests to it.</summary>
internal sealed class TableEndpoint
{
    // Azurite's published account, the same on every machine.
    private const string EmulatorAccount = "devstoreaccount1";
    private const string EmulatorKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    public const string JsonMinimal = "application/json;odata=minimalmetadata";

    private static readonly string[] StorageScopes = ["https://storage.azure.com/.default"];

    private TableEndpoint(Uri uri, string accountName, HttpPipelinePolicy authentication, TableClientOptions? options)
    {
        options ??= new TableClientOptions();
        Uri = uri;
        AccountName = accountName;
        Version = options.Version;
        Address = uri.AbsoluteUri.TrimEnd('/') + "/";

        var pipelineOptions = new HttpPipelineOptions(options) { RequestFailedDetailsParser = new TableErrorParser() };
        // Per retry: a request that is sent again is signed again, with the time it is sent at.
        pipelineOptions.PerRetryPolicies.Add(authentication);
        Pipeline = HttpPipelineBuilder.Build(pipelineOptions);
    }

    public Uri Uri { get; }

    /// <summary>Ends with a slash, so that table names can be appended.</summary>
    public string Address { get; }

    public string AccountName { get; }

    public string Version { get; }

    public HttpPipeline Pipeline { get; }

    /// <summary>Sends, and throws for every answer that is neither expected by the caller nor a success.</summary>
    public async ValueTask<Response> SendAsync(
        RequestMethod method, string address, StatusCodeClassifier expected, RequestBody body, CancellationToken cancellationToken)
    {
        // Not disposed: the answer goes to the caller, and its content is already in memory.
        var message = Pipeline.CreateMessage(null, expected);
        var request = message.Request;
        request.Method = method;
        request.Uri.Reset(new Uri(address));
        var headers = request.Headers;
        headers.Add("x-ms-version", Version);
        headers.Add("DataServiceVersion", "3.0");
        headers.Add(HttpHeader.Names.Accept, JsonMinimal);
        if (body.IfMatch is not null) headers.Add(HttpHeader.Names.IfMatch, body.IfMatch);
        if (body.ReturnNoContent) headers.Add("Prefer", "return-no-content");
        if (body.Content is not null)
        {
            headers.Add(HttpHeader.Names.ContentType, body.ContentType);
            request.Content = RequestContent.Create(body.Content);
        }

        await Pipeline.SendAsync(message, cancellationToken).ConfigureAwait(false);
        var response = message.Response;
        return response.IsError ? throw new RequestFailedException(response) : response;
    }

    public static TableEndpoint From(string connectionString, TableClientOptions? options)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionString);

        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in connectionString.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) throw new FormatException("Settings of a connection string must be of the form \"name=value\".");
            if (!settings.TryAdd(part[..equals], part[(equals + 1)..])) throw new FormatException($"Duplicate setting '{part[..equals]}' found.");
        }

        if (settings.TryGetValue("UseDevelopmentStorage", out var development) && bool.Parse(development))
        {
            return From(new Uri($"http://127.0.0.1:10002/{EmulatorAccount}"), new TableSharedKeyCredential(EmulatorAccount, EmulatorKey), options);
        }

        var account = Required("AccountName");
        var endpoint = settings.TryGetValue("TableEndpoint", out var explicitEndpoint)
            ? explicitEndpoint
            : $"{settings.GetValueOrDefault("DefaultEndpointsProtocol", "https")}://{account}.table.{settings.GetValueOrDefault("EndpointSuffix", "core.windows.net")}";
        return From(new Uri(endpoint), new TableSharedKeyCredential(account, Required("AccountKey")), options);

        string Required(string name) => settings.TryGetValue(name, out var value)
            ? value
            : throw new FormatException($"The connection string has no {name}.");
    }

    public static TableEndpoint From(Uri endpoint, TableSharedKeyCredential credential, TableClientOptions? options)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(credential);
        return new(endpoint, credential.AccountName, new SharedKeyLitePolicy(credential), options);
    }

    public static TableEndpoint From(Uri endpoint, TokenCredential credential, TableClientOptions? options)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(credential);
        // The first label of an account's host is its name; an emulator has it as the first segment of the path.
        var account = endpoint.AbsolutePath.Trim('/') is { Length: > 0 } path ? path : endpoint.Host.Split('.')[0];
        return new(endpoint, account, new BearerTokenAuthenticationPolicy(credential, StorageScopes), options);
    }

    public readonly record struct RequestBody(byte[]? Content = null, string ContentType = "application/json", string? IfMatch = null, bool ReturnNoContent = false);
}
