using System.Net;
using System.Net.Sockets;
using System.Text;
using EReferrals.LocalRuntime.Tests.Host.HttpApp;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.LocalRuntime.Tests.Host;

public sealed class HttpTests : IAsyncLifetime
{
    private readonly Gate gate = new();
    private TestHost app = null!;

    public async Task InitializeAsync() => app = await StartAsync();

    public async Task DisposeAsync()
    {
        gate.Open.TrySetResult();
        await app.DisposeAsync();
    }

    [Theory]
    [InlineData("/", "root")]
    [InlineData("/hello", "hello")]
    [InlineData("/HELLO", "hello")]
    [InlineData("/Nameless", "nameless")]
    [InlineData("/STU3/ReferralRequest/000000070000", "referral 000000070000")]
    [InlineData("/things/0f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165-70867728950e none none")]
    [InlineData("/things/0f8fad5b-d9cb-469f-a165-70867728950e?limit=5&filter=a%20b", "0f8fad5b-d9cb-469f-a165-70867728950e 5 a b")]
    [InlineData("/needed?number=7", "7")]
    [InlineData("/outputs", "outputs")]
    public async Task A_route_reaches_its_function(string path, string text) => Assert.Equal(text, await app.Http.GetStringAsync(path));

    [Theory]
    [InlineData("/STU3/ReferralRequest/$ers.createReferral", "created")]
    [InlineData("/STU3/ReferralRequest/000000070000/$ers.acceptReferral", "accepted 000000070000")]
    [InlineData("/STU3/ReferralRequest/000000070000/%24ers.acceptReferral", "accepted 000000070000")]
    public async Task An_operation_segment_is_a_literal(string path, string text)
    {
        var response = await app.Http.PostAsync(path, null);

        Assert.Equal(text, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("GET", "/nothing")]
    [InlineData("GET", "/things/not-a-guid")]
    [InlineData("GET", "/STU3/ReferralRequest/123")]
    [InlineData("POST", "/hello")]
    [InlineData("HEAD", "/hello")]
    [InlineData("OPTIONS", "/hello")]
    [InlineData("GET", "/STU3/ReferralRequest/$ers.createReferral")]
    [InlineData("GET", "/local/nothing")]
    public async Task An_unknown_route_or_method_is_an_empty_404(string method, string path)
    {
        var response = await app.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/broken")]
    [InlineData("/silent")]
    [InlineData("/needed")]
    [InlineData("/needed?number=seven")]
    public async Task A_function_that_fails_is_an_empty_500(string path)
    {
        var response = await app.Http.GetAsync(path);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/guarded", null, HttpStatusCode.Unauthorized)]
    [InlineData("/guarded", "wrong", HttpStatusCode.Unauthorized)]
    [InlineData("/guarded", "local", HttpStatusCode.OK)]
    [InlineData("/guarded?code=local", null, HttpStatusCode.OK)]
    public async Task A_function_with_a_level_needs_the_key(string path, string? key, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null) request.Headers.Add("x-functions-key", key);

        Assert.Equal(expected, (await app.Http.SendAsync(request)).StatusCode);
    }

    [Theory]
    [InlineData("/hello")]
    [InlineData("/nothing")]
    [InlineData("/broken")]
    public async Task Every_response_has_the_headers_of_host_json(string path) =>
        Assert.Equal("nosniff", (await app.Http.GetAsync(path)).Headers.GetValues("X-Content-Type-Options").Single());

    [Fact]
    public async Task Several_values_of_a_response_header_are_joined()
    {
        var response = await app.Http.GetAsync("/several");

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("a,b", response.Headers.NonValidated["X-Several"].ToString());
    }

    [Theory]
    [InlineData(100, false, HttpStatusCode.OK)]
    [InlineData(100, true, HttpStatusCode.OK)]
    [InlineData(101, false, HttpStatusCode.RequestEntityTooLarge)]
    [InlineData(101, true, HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_body_over_the_limit_is_a_413(int length, bool chunked, HttpStatusCode expected)
    {
        await using var limited = await StartAsync("--FUNCTIONS_REQUEST_BODY_SIZE_LIMIT=100");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo") { Content = new ByteArrayContent(new byte[length]) };
        request.Headers.TransferEncodingChunked = chunked;

        var response = await limited.Http.SendAsync(request);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK ? length : 0, (await response.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task A_function_and_its_context_share_a_scope_of_one_invocation()
    {
        var first = (await app.Http.GetStringAsync("/scopes")).Split(' ');
        var second = (await app.Http.GetStringAsync("/scopes")).Split(' ');

        Assert.Equal(first[0], first[1]);
        Assert.NotEqual(first[0], second[0]);
    }

    [Fact]
    public async Task Middleware_runs_in_order_around_the_function_and_may_answer_for_it()
    {
        var seen = new List<string>();
        await using var wrapped = await StartAsync(builder =>
        {
            builder.UseMiddleware(async (_, next) =>
            {
                seen.Add("outer in");
                await next();
                seen.Add("outer out");
            });
            builder.UseWhen(context => context.FunctionDefinition.Name == "Hello", async (context, _) =>
            {
                seen.Add("answers");
                var request = await context.GetHttpRequestDataAsync();
                context.GetInvocationResult().Value = request!.CreateResponse(HttpStatusCode.Forbidden);
            });
        });

        Assert.Equal(HttpStatusCode.Forbidden, (await wrapped.Http.GetAsync("/hello")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await wrapped.Http.GetAsync("/")).StatusCode);
        Assert.Equal(["outer in", "answers", "outer out", "outer in", "outer out"], seen);
    }

    [Fact]
    public async Task Middleware_sees_the_definition_the_items_and_the_response()
    {
        string? seen = null;
        await using var wrapped = await StartAsync(builder => builder.UseMiddleware(async (context, next) =>
        {
            context.Items["x"] = "y";
            await next();
            var definition = context.FunctionDefinition;
            seen = $"{definition.EntryPoint} {definition.InputBindings["request"].Type} {context.GetHttpResponseData()!.StatusCode} {context.Items["x"]}";
        }));

        await wrapped.Http.GetAsync("/hello");

        Assert.Equal("EReferrals.LocalRuntime.Tests.Host.HttpApp.HttpFunctions.Hello httpTrigger OK y", seen);
    }

    [Fact]
    public async Task A_middleware_may_replace_the_response_of_a_function_with_several_outputs()
    {
        await using var wrapped = await StartAsync(builder => builder.UseMiddleware(async (context, next) =>
        {
            await next();
            var output = context.GetOutputBindings<HttpResponseData>().Single(one => one.BindingType == "http" && one.Name != "$return");
            output.Value = output.Value!.FunctionContext.GetHttpResponseData();
            output.Value!.StatusCode = HttpStatusCode.Accepted;
        }));

        Assert.Equal(HttpStatusCode.Accepted, (await wrapped.Http.GetAsync("/outputs")).StatusCode);
    }

    [Fact]
    public async Task More_requests_than_host_json_allows_are_a_429()
    {
        await using var narrow = await StartAsync("--AzureFunctionsJobHost:extensions:http:maxOutstandingRequests=1");
        var first = narrow.Http.GetAsync("/gate");
        await gate.Entered.Task;

        Assert.Equal(HttpStatusCode.TooManyRequests, (await narrow.Http.GetAsync("/hello")).StatusCode);
        gate.Open.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await narrow.Http.GetAsync("/hello")).StatusCode);
    }

    [Fact]
    public async Task A_caller_who_leaves_cancels_the_invocation()
    {
        using var caller = new TcpClient("127.0.0.1", app.Control.HttpAddress.Port);
        await caller.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /gate HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        await gate.Entered.Task;

        caller.LingerState = new LingerOption(true, 0);
        caller.Close();

        await gate.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task The_function_timeout_cancels_and_fails_the_invocation()
    {
        var clock = new FakeTimeProvider();
        await using var timed = await StartAsync(builder => builder.Services.AddSingleton<TimeProvider>(clock));
        var answer = timed.Http.GetAsync("/gate");
        await gate.Entered.Task;

        // The function is entered a moment before its time begins to run.
        while (!answer.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMinutes(5));
            await Task.WhenAny(answer, Task.Delay(20));
        }

        Assert.Equal(HttpStatusCode.InternalServerError, (await answer).StatusCode);
        await gate.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Stopping_lets_a_running_request_end()
    {
        await using var other = await StartAsync();
        var answer = other.Http.GetStringAsync("/gate");
        await gate.Entered.Task;

        var stopping = other.Host.StopAsync();

        Assert.False(stopping.IsCompleted);
        gate.Open.SetResult();
        Assert.Equal("through", await answer);
        await stopping;
    }

    [Fact]
    public async Task Stopping_cancels_a_request_that_does_not_end_in_the_drain_time()
    {
        await using var other = await StartAsync("--Local:DrainSeconds=0");
        var answer = other.Http.GetAsync("/gate");
        await gate.Entered.Task;

        await other.Host.StopAsync();

        await gate.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(HttpStatusCode.InternalServerError, (await answer).StatusCode);
    }

    private Task<TestHost> StartAsync(params string[] settings) => StartAsync(_ => { }, settings);

    private Task<TestHost> StartAsync(Action<FunctionsApplicationBuilder> configure, params string[] settings) => TestHost.StartAsync(
        "HttpApp",
        builder =>
        {
            builder.Services.AddScoped<Scoped>().AddSingleton(gate);
            configure(builder);
        },
        settings);
}
