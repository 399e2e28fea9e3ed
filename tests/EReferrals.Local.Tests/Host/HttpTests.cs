using System.Net;
using System.Net.Sockets;
using System.Text;
using EReferrals.Local.Tests.App;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Local.Tests.Host;

public sealed class HttpTests : IAsyncLifetime
{
    private readonly Gate _gate = new();
    private TestHost _app = null!;

    public async Task InitializeAsync() => _app = await StartAsync();

    public async Task DisposeAsync()
    {
        _gate.Open.TrySetResult();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData("/", "root")]
    [InlineData("/hello", "hello")]
    [InlineData("/HELLO", "hello")]
    [InlineData("/Nameless", "nameless")]
    [InlineData("/STU3/ReferralRequest/000000070000", "referral 000000070000")]
    [InlineData("/things/0f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165-70867728950e none none")]
    [InlineData("/things/0f8fad5b-d9cb-469f-a165-70867728950e?limit=5&filter=a%20b", "0f8fad5b-d9cb-469f-a165-70867728950e 5 a b")]
    [InlineData("/outputs", "outputs")]
    public async Task A_route_reaches_its_function(string path, string text) => Assert.Equal(text, await _app.Http.GetStringAsync(path));

    [Theory]
    [InlineData("/STU3/ReferralRequest/$ers.createReferral", "created")]
    [InlineData("/STU3/ReferralRequest/000000070000/$ers.acceptReferral", "accepted 000000070000")]
    [InlineData("/STU3/ReferralRequest/000000070000/%24ers.acceptReferral", "accepted 000000070000")]
    public async Task A_route_segment_with_a_verb_is_literal(string path, string text)
    {
        var response = await _app.Http.PostAsync(path, null);

        Assert.Equal(text, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_first_matching_function_by_name_gets_a_request_even_if_another_route_is_more_specific() =>
        Assert.Equal("any kind: rare", await _app.Http.GetStringAsync("/kinds/rare"));

    [Theory]
    [InlineData("GET", "/nothing")]
    [InlineData("GET", "/things/not-a-guid")]
    [InlineData("GET", "/STU3/ReferralRequest/123")]
    [InlineData("POST", "/hello")]
    [InlineData("HEAD", "/hello")]
    [InlineData("OPTIONS", "/hello")]
    [InlineData("GET", "/STU3/ReferralRequest/$ers.createReferral")]
    public async Task An_unknown_route_or_method_returns_an_empty_404(string method, string path)
    {
        var response = await _app.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/broken")]
    [InlineData("/silent")]
    public async Task A_function_that_throws_returns_an_empty_500(string path)
    {
        var response = await _app.Http.GetAsync(path);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_function_that_requires_a_key_cannot_be_called() =>
        Assert.Equal(HttpStatusCode.Unauthorized, (await _app.Http.GetAsync("/guarded?code=local")).StatusCode);

    [Fact]
    public async Task A_disabled_function_returns_404()
    {
        await using var without = await StartAsync("AzureWebJobs.Hello.Disabled=true");

        Assert.Equal(HttpStatusCode.NotFound, (await without.Http.GetAsync("/hello")).StatusCode);
    }

    [Theory]
    [InlineData("/hello")]
    [InlineData("/nothing")]
    [InlineData("/broken")]
    public async Task Every_response_has_the_headers_of_host_json(string path) =>
        Assert.Equal("nosniff", (await _app.Http.GetAsync(path)).Headers.GetValues("X-Content-Type-Options").Single());

    [Fact]
    public async Task A_response_keeps_its_headers_and_cookies()
    {
        var response = await _app.Http.GetAsync("/several");

        Assert.Equal("a,b", response.Headers.NonValidated["X-Several"].ToString());
        Assert.Equal("\"1\"", response.Headers.ETag!.Tag);
        Assert.Equal(["one=1; path=/; httponly", "two=2; path=/; samesite=strict"], response.Headers.GetValues("Set-Cookie"));
    }

    [Fact]
    public async Task A_HEAD_response_has_headers_and_no_body()
    {
        var response = await _app.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/several"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(7, response.Content.Headers.ContentLength);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_304_response_has_no_body()
    {
        var response = await _app.Http.GetAsync("/unchanged");

        Assert.Equal(HttpStatusCode.NotModified, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Request_header_names_arrive_in_lower_case_and_repeated_values_are_joined()
    {
        using var caller = new TcpClient("127.0.0.1", _app.Host.HttpAddress.Port);
        var request = "GET /headers HTTP/1.1\r\nHost: localhost\r\nX-Twice: a\r\nX-TWICE: b\r\nConnection: close\r\n\r\n";
        await caller.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(caller.GetStream());

        Assert.Contains("x-twice: a,b", await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_whole_request_address_arrives() => Assert.Equal(
        $"{_app.Host.HttpAddress}address/a/b%20c?d=%C3%A9&e", await _app.Http.GetStringAsync("/address/a/b%20c?d=%C3%A9&e"));

    [Fact]
    public async Task The_trace_of_the_caller_is_continued()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/trace");
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        request.Headers.Add("tracestate", "a=b");

        Assert.Equal("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 a=b", await (await _app.Http.SendAsync(request)).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_body_with_a_declared_length_arrives() =>
        Assert.Equal("hello", await (await _app.Http.PostAsync("/echo", new StringContent("hello"))).Content.ReadAsStringAsync());

    [Fact]
    public async Task A_chunked_body_does_not_arrive_as_in_the_cloud()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo") { Content = new StringContent("hello") };
        request.Headers.TransferEncodingChunked = true;

        var response = await _app.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData(100, HttpStatusCode.OK)]
    [InlineData(101, HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_body_over_the_limit_returns_413(int length, HttpStatusCode expected)
    {
        await using var limited = await TestHost.StartAsync(new TestHostOptions { Configure = Configure, BodyLimit = 100 });

        var response = await limited.Http.PostAsync("/echo", new ByteArrayContent(new byte[length]));

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK ? length : 0, (await response.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task A_large_body_arrives_and_is_returned()
    {
        var body = new byte[900_000];
        Random.Shared.NextBytes(body);

        Assert.Equal(body, await (await _app.Http.PostAsync("/echo", new ByteArrayContent(body))).Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task More_concurrent_requests_than_host_json_allows_return_429()
    {
        await using var narrow = await StartAsync("AzureFunctionsJobHost__extensions__http__maxOutstandingRequests=1");
        var first = narrow.Http.GetAsync("/gate");
        await _gate.Entered.Task;

        Assert.Equal(HttpStatusCode.TooManyRequests, (await narrow.Http.GetAsync("/hello")).StatusCode);
        _gate.Open.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await narrow.Http.GetAsync("/hello")).StatusCode);
    }

    [Fact]
    public async Task A_caller_that_disconnects_cancels_the_invocation()
    {
        using var caller = new TcpClient("127.0.0.1", _app.Host.HttpAddress.Port);
        await caller.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /gate HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        await _gate.Entered.Task;
        Assert.Equal(1, _app.Host.Running);

        caller.LingerState = new LingerOption(true, 0);
        caller.Close();

        await _gate.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await TestHost.UntilAsync(() => _app.Host.Running == 0);
    }

    [Fact]
    public async Task The_function_timeout_cancels_and_fails_the_invocation()
    {
        var clock = new FakeTimeProvider();
        await using var timed = await TestHost.StartAsync(new TestHostOptions { Configure = Configure, Clock = clock });
        var answer = timed.Http.GetAsync("/gate");
        await _gate.Entered.Task;

        clock.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(1));

        Assert.Equal(HttpStatusCode.InternalServerError, (await answer).StatusCode);
        await _gate.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_request_waits_until_the_functions_are_loaded_unless_the_filter_responds_first()
    {
        await using var early = await TestHost.ListenOnlyAsync(new TestHostOptions { RespondFirst = RespondBesideAsync });
        var hello = early.Http.GetStringAsync("/hello");
        var nothing = early.Http.GetAsync("/nothing");

        Assert.Equal("beside", await early.Http.GetStringAsync("/beside"));
        Assert.False(hello.IsCompleted || nothing.IsCompleted);
        await early.StartWorkerAsync(Configure);
        Assert.Equal("hello", await hello);
        Assert.Equal(HttpStatusCode.NotFound, (await nothing).StatusCode);
        Assert.Equal("beside", await early.Http.GetStringAsync("/beside"));

        static async ValueTask<bool> RespondBesideAsync(HttpContext http)
        {
            if (http.Request.Path != "/beside") return false;
            await http.Response.WriteAsync("beside");
            return true;
        }
    }

    [Theory]
    [InlineData("-x")]
    [InlineData("a b")]
    [InlineData("")]
    public async Task A_request_with_an_invalid_Host_header_returns_400(string host)
    {
        using var caller = new TcpClient("127.0.0.1", _app.Host.HttpAddress.Port);
        await caller.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /hello HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(caller.GetStream());

        Assert.StartsWith("HTTP/1.1 400", await reader.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_waits_for_a_running_request()
    {
        await using var other = await StartAsync();
        var answer = other.Http.GetStringAsync("/gate");
        await _gate.Entered.Task;

        var stopping = other.Host.StopAsync();

        Assert.False(stopping.IsCompleted);
        _gate.Open.SetResult();
        Assert.Equal("through", await answer);
        await stopping;
    }

    [Fact]
    public async Task Stopping_cancels_a_request_that_exceeds_the_drain_time()
    {
        await using var other = await TestHost.StartAsync(new TestHostOptions { Configure = Configure, Drain = TimeSpan.Zero });
        var answer = other.Http.GetAsync("/gate");
        await _gate.Entered.Task;

        await other.Host.StopAsync();

        await _gate.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(HttpStatusCode.InternalServerError, (await answer).StatusCode);
    }

    private void Configure(Microsoft.Azure.Functions.Worker.Builder.FunctionsApplicationBuilder builder) => builder.Services.AddSingleton(_gate);

    private Task<TestHost> StartAsync(params string[] settings) => TestHost.StartAsync(Configure, settings);
}
