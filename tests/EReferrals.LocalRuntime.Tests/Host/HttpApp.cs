using System.Net;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.LocalRuntime.Tests.Host.HttpApp;

public sealed class Scoped
{
    public Guid Id { get; } = Guid.NewGuid();
}

public sealed class HttpFunctions(Scoped scoped)
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

    [Function("Needed")]
    public static HttpResponseData Needed(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "needed")] HttpRequestData request, int number) => Text(request, $"{number}");

    [Function("Echo")]
    public static async Task<HttpResponseData> Echo([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "echo")] HttpRequestData request)
    {
        var response = request.CreateResponse(HttpStatusCode.OK);
        await request.Body.CopyToAsync(response.Body);
        return response;
    }

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
    public static HttpResponseData Several([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "several")] HttpRequestData request)
    {
        var response = request.CreateResponse(HttpStatusCode.NoContent);
        response.Headers.Add("X-Several", ["a", "b"]);
        return response;
    }

    [Function("Scopes")]
    public HttpResponseData Scopes(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "scopes")] HttpRequestData request, FunctionContext context) =>
        Text(request, $"{scoped.Id} {context.InstanceServices.GetRequiredService<Scoped>().Id}");

    [Function("Outputs")]
    public static TwoOutputs Outputs([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "outputs")] HttpRequestData request) =>
        new() { Response = Text(request, "outputs") };

    [Function("Gate")]
    public static async Task<HttpResponseData> Wait(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "gate")] HttpRequestData request, FunctionContext context, CancellationToken cancellation)
    {
        var gate = context.InstanceServices.GetRequiredService<Gate>();
        gate.Entered.TrySetResult();
        try
        {
            await gate.Open.Task.WaitAsync(cancellation);
        }
        finally
        {
            if (cancellation.IsCancellationRequested) gate.Cancelled.TrySetResult();
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

/// <summary>Holds a function until the test lets it go.</summary>
public sealed class Gate
{
    public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Open { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
