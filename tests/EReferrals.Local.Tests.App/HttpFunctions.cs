using System.Net;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Local.Tests.App;

public sealed class HttpFunctions(Gate gate)
{
    [Function("Hello")]
    public static HttpResponseData Hello([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "hello")] HttpRequestData request) =>
        Text(request, "hello");

    [Function("Root")]
    public static HttpResponseData Root([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "/")] HttpRequestData request) =>
        Text(request, "root");

    [Function("Nameless")]
    public static HttpResponseData Nameless([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequestData request) => Text(request, "nameless");

    [Function("Thing")]
    public static HttpResponseData Thing(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "things/{id:guid}")] HttpRequestData request, Guid id, int? limit, string? filter) =>
        Text(request, $"{id} {(object?)limit ?? "none"} {filter ?? "none"}");

    [Function("Referral")]
    public static HttpResponseData Referral(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "STU3/ReferralRequest/{ubrn:regex(^\\d{{12}}$)}")] HttpRequestData request,
        string ubrn) => Text(request, $"referral {ubrn}");

    [Function("Operation")]
    public static HttpResponseData Operation(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "STU3/ReferralRequest/$ers.createReferral")] HttpRequestData request) =>
        Text(request, "created");

    [Function("OperationOnOne")]
    public static HttpResponseData OperationOnOne(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "STU3/ReferralRequest/{ubrn}/$ers.acceptReferral")] HttpRequestData request,
        string ubrn) => Text(request, $"accepted {ubrn}");

    [Function("Echo")]
    public static async Task<HttpResponseData> Echo([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "echo")] HttpRequestData request)
    {
        var response = request.CreateResponse(HttpStatusCode.OK);
        await request.Body.CopyToAsync(response.Body);
        return response;
    }

    [Function("HeaderEcho")]
    public static HttpResponseData HeaderEcho([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "headers")] HttpRequestData request) =>
        Text(request, string.Join('\n', request.Headers.Select(header => $"{header.Key}: {string.Join('|', header.Value)}")));

    [Function("Address")]
    public static HttpResponseData Address([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "address/{*rest}")] HttpRequestData request) =>
        Text(request, request.Url.AbsoluteUri);

    [Function("Trace")]
    public static HttpResponseData Trace([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "trace")] HttpRequestData request) =>
        Text(request, $"{request.FunctionContext.TraceContext.TraceParent} {request.FunctionContext.TraceContext.TraceState}");

    [Function("Guarded")]
    public static HttpResponseData Guarded([HttpTrigger(AuthorizationLevel.Function, "get", Route = "guarded")] HttpRequestData request) =>
        Text(request, "in");

    [Function("Broken")]
    public static HttpResponseData Broken([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "broken")] HttpRequestData request) =>
        throw new InvalidOperationException("secret of " + request.Method);

    [Function("Silent")]
    public static Task<HttpResponseData> Silent([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "silent")] HttpRequestData request) =>
        Task.FromResult<HttpResponseData>(null!);

    [Function("Several")]
    public static HttpResponseData Several([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "several")] HttpRequestData request)
    {
        var response = Text(request, "several");
        response.Headers.Add("X-Several", ["a", "b"]);
        response.Headers.Add("ETag", "\"1\"");
        response.Cookies.Append(new HttpCookie("one", "1") { HttpOnly = true, Path = "/" });
        response.Cookies.Append(new HttpCookie("two", "2") { SameSite = SameSite.Strict });
        return response;
    }

    [Function("Unchanged")]
    public static HttpResponseData Unchanged([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "unchanged")] HttpRequestData request) =>
        request.CreateResponse(HttpStatusCode.NotModified);

    [Function("AnyKind")]
    public static HttpResponseData AnyKind([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "kinds/{kind}")] HttpRequestData request, string kind) =>
        Text(request, $"any kind: {kind}");

    [Function("RareKind")]
    public static HttpResponseData RareKind([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "kinds/rare")] HttpRequestData request) =>
        Text(request, "rare kind");

    [Function("Outputs")]
    public static TwoOutputs Outputs([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "outputs")] HttpRequestData request) =>
        new() { Response = Text(request, "outputs") };

    [Function("Process")]
    public static HttpResponseData Process([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "process")] HttpRequestData request) =>
        Text(request, $"{Environment.ProcessId} {Environment.GetEnvironmentVariable("AZURE_FUNCTIONS_ENVIRONMENT")}");

    [Function("Gate")]
    public async Task<HttpResponseData> Wait(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "gate")] HttpRequestData request, CancellationToken cancellationToken)
    {
        gate.Entered.TrySetResult();
        try
        {
            await gate.Open.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested) gate.Cancelled.TrySetResult();
        }

        return Text(request, "through");
    }

    internal static HttpResponseData Text(HttpRequestData request, string text)
    {
        var response = request.CreateResponse(HttpStatusCode.OK);
        response.WriteString(text);
        return response;
    }
}

public sealed class TwoOutputs
{
    [HttpResult]
    public required HttpResponseData Response { get; init; }
}
