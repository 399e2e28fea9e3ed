using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Net.Http.Headers;
using SameSiteMode = Microsoft.AspNetCore.Http.SameSiteMode;

namespace EReferrals.Local.FunctionsHost.Http;

/// <summary>Converts between HTTP and the worker protocol as the real host does.</summary>
internal static class HttpMessages
{
    /// <exception cref="BadHttpRequestException">The body exceeds the limit, or the Host header is missing.</exception>
    public static async Task<InvocationRequest> ReadAsync(HttpRequest http, HttpFunctionTrigger trigger, int bodyLimit)
    {
        // In the cloud the front end rejects such a request before it reaches the host.
        if (!http.Host.HasValue || http.Host.Host.StartsWith('-') || Uri.CheckHostName(http.Host.Host) == UriHostNameType.Unknown)
            throw new BadHttpRequestException("The Host header is missing or invalid.");
        var url = http.GetEncodedUrl();
        if (!Uri.TryCreate(url, UriKind.Absolute, out _)) throw new BadHttpRequestException("The address of the request is invalid.");
        var rpc = new RpcHttp { Method = http.Method, Url = url };
        var request = new InvocationRequest { TraceContext = TraceContexts.Continue(http.Headers.TraceParent, http.Headers.TraceState) };
        request.InputData.Add(new ParameterBinding { Name = trigger.Binding, Data = new() { Http = rpc } });

        // Repeated values arrive joined by a comma, with names in lower case.
        foreach (var (name, values) in http.Headers) rpc.NullableHeaders[name.ToLowerInvariant()] = new() { Value = values.ToString() };
        // The front end of the cloud appends the address of the caller, with its port.
        var peer = http.HttpContext.Connection;
        var hops = http.Headers["X-Forwarded-For"].Append(new IPEndPoint(peer.RemoteIpAddress ?? IPAddress.Loopback, peer.RemotePort).ToString());
        rpc.NullableHeaders["x-forwarded-for"] = new() { Value = string.Join(", ", hops) };
        foreach (var (name, values) in http.Query)
        {
            rpc.NullableQuery[name] = new() { Value = values.ToString() };
            request.TriggerMetadata[name] = new() { String = values.ToString() };
        }

        foreach (var (name, value) in http.RouteValues)
        {
            if (Convert.ToString(value, CultureInfo.InvariantCulture) is not { } text) continue;
            rpc.NullableParams[name] = new() { Value = text };
            request.TriggerMetadata[name] = new() { String = text };
        }

        // Only a declared length counts: the real host passes a chunked request to the function without its body.
        if (http.ContentLength is > 0 and var length)
        {
            if (length > bodyLimit) throw new BadHttpRequestException("The body is too large.", StatusCodes.Status413PayloadTooLarge);
            var body = new byte[length];
            await http.Body.ReadExactlyAsync(body, http.HttpContext.RequestAborted);
            rpc.Body = new() { Bytes = UnsafeByteOperations.UnsafeWrap(body) };
        }

        return request;
    }

    /// <returns>Null when the function returned no HTTP response.</returns>
    public static RpcHttp? ResponseOf(InvocationResponse response)
    {
        if (response.ReturnValue?.Http is { } returned) return returned;
        foreach (var output in response.OutputData)
            if (output.Data?.Http is { } http) return http;
        return null;
    }

    public static ValueTask WriteAsync(HttpResponse http, RpcHttp rpc)
    {
        http.StatusCode = int.Parse(rpc.StatusCode, CultureInfo.InvariantCulture);
        foreach (var (name, value) in rpc.Headers) SetHeader(http, name, value);
        foreach (var (name, value) in rpc.NullableHeaders) SetHeader(http, name, value.Value);
        foreach (var cookie in rpc.Cookies) http.Cookies.Append(cookie.Name, cookie.Value, Read(cookie));

        var body = Body(rpc.Body);
        if (http.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified) return default;
        if (HttpMethods.IsHead(http.HttpContext.Request.Method))
        {
            http.ContentLength ??= body.Length;
            return default;
        }

        http.ContentLength = body.Length;
        return body.IsEmpty ? default : http.Body.WriteAsync(body, http.HttpContext.RequestAborted);
    }

    private static void SetHeader(HttpResponse http, string name, string value)
    {
        if (name.Equals(HeaderNames.TransferEncoding, StringComparison.OrdinalIgnoreCase)) return;
        http.Headers[name] = value;
    }

    private static ReadOnlyMemory<byte> Body(TypedData? body) => body?.DataCase switch
    {
        TypedData.DataOneofCase.Bytes => body.Bytes.Memory,
        TypedData.DataOneofCase.Stream => body.Stream.Memory,
        TypedData.DataOneofCase.String => System.Text.Encoding.UTF8.GetBytes(body.String),
        TypedData.DataOneofCase.Json => System.Text.Encoding.UTF8.GetBytes(body.Json),
        _ => default,
    };

    private static CookieOptions Read(RpcHttpCookie cookie) => new()
    {
        Domain = cookie.Domain?.Value,
        Path = cookie.Path?.Value ?? "/",
        Expires = cookie.Expires?.Value?.ToDateTimeOffset(),
        Secure = cookie.Secure?.Value ?? false,
        HttpOnly = cookie.HttpOnly?.Value ?? false,
        MaxAge = cookie.MaxAge is { } age ? TimeSpan.FromSeconds(age.Value) : null,
        SameSite = cookie.SameSite switch
        {
            RpcHttpCookie.Types.SameSite.Lax => SameSiteMode.Lax,
            RpcHttpCookie.Types.SameSite.Strict => SameSiteMode.Strict,
            RpcHttpCookie.Types.SameSite.ExplicitNone => SameSiteMode.None,
            _ => SameSiteMode.Unspecified,
        },
    };
}
