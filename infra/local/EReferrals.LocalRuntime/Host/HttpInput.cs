using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.LocalRuntime.Host;

/// <summary>
/// A request as a function sees it: copied out of Kestrel, because a function that runs on after its timeout or after the caller has
/// gone must not read a connection that serves the next request.
/// </summary>
internal sealed class HttpInput : TriggerInput, IHttpRequestDataFeature
{
    private readonly IQueryCollection query;
    private readonly RouteValueDictionary route;
    private LocalHttpRequest? request;

    public HttpInput(HttpRequest http, MemoryStream body)
    {
        Method = http.Method;
        Url = UrlOf(http);
        Body = body;
        query = http.Query;
        route = new RouteValueDictionary(http.RouteValues);
        foreach (var (name, values) in http.Headers) Headers.TryAddWithoutValidation(name, values.ToString());
        TraceParent = http.Headers.TraceParent;
        TraceState = http.Headers.TraceState;
    }

    public string Method { get; }

    public Uri Url { get; }

    public MemoryStream Body { get; }

    public HttpHeadersCollection Headers { get; } = [];

    public override string? TraceParent { get; }

    public override string? TraceState { get; }

    public LocalHttpRequest Request => request!;

    /// <summary>What the function answered, its body a <see cref="MemoryStream"/>; null before it has.</summary>
    public HttpResponseData? Response { get; private set; }

    public override IReadOnlyDictionary<string, object?> BindingData
    {
        get
        {
            var data = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
            foreach (var (name, values) in query) data[name] = values.ToString();
            foreach (var (name, value) in route) data[name] = value;
            data["Query"] = JsonSerializer.Serialize(query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString()));
            return data;
        }
    }

    public override void Begin(LocalFunctionContext context)
    {
        request = new LocalHttpRequest(context, this);
        context.Features.Set<IHttpRequestDataFeature>(this);
    }

    public ValueTask<HttpRequestData?> GetHttpRequestDataAsync(FunctionContext context) => new(request);

    public override async ValueTask CompleteAsync(LocalFunctionContext context)
    {
        var response = context.Outputs.Response ?? throw new InvalidOperationException(
            $"{context.Function.Name} gave no HTTP response. In the cloud the caller would get an empty 204 or 200.");
        Response = response;
        if (response.Body is MemoryStream made && made.TryGetBuffer(out _)) return;

        // The stream may belong to the scope, which ends with the invocation.
        var copy = new MemoryStream();
        if (response.Body.CanSeek) response.Body.Position = 0;
        await response.Body.CopyToAsync(copy, context.CancellationToken);
        response.Body = copy;
    }

    // The cloud's front end routes by the host: a request whose host makes no URL does not come through it.
    private static Uri UrlOf(HttpRequest http)
    {
        try
        {
            return new Uri(http.GetEncodedUrl());
        }
        catch (Exception e) when (e is UriFormatException or ArgumentException)
        {
            throw new BadHttpRequestException("The Host header is missing or names no host.");
        }
    }

    /// <summary>The text of a route parameter, else of a query value; null when there is neither.</summary>
    public string? Value(string name)
    {
        if (route.TryGetValue(name, out var value)) return Convert.ToString(value, CultureInfo.InvariantCulture);
        return query.TryGetValue(name, out var values) ? values.ToString() : null;
    }
}
