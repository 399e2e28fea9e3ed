using System.Security.Claims;
using EReferrals.Http;
using EReferrals.Http.Requests;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Tests.Http;

public class RequestBodyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public async Task A_truncated_body_is_never_read_as_complete(int came)
    {
        var result = await RequestBody.ReadAsync(new Request(announced: 10, came), limit: 100, default);

        Assert.False(result.TryGet(out _, out var problem));
        Assert.Equal((400, "unreadable"), ((int)problem.Status, problem.Name));
        Assert.StartsWith($"The body is incomplete: Content-Length is 10 bytes and {came} bytes arrived.", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_complete_body_is_read()
    {
        var result = await RequestBody.ReadAsync(new Request(announced: 10, came: 10), limit: 100, default);

        Assert.True(result.TryGet(out var bytes, out _));
        Assert.Equal(10, bytes.Length);
    }

    private sealed class Request(int announced, int came) : HttpRequestData(new LimitedContext(null!, default))
    {
        public override Stream Body { get; } = new MemoryStream(new byte[came]);

        public override HttpHeadersCollection Headers { get; } = new([KeyValuePair.Create("Content-Length", $"{announced}")]);

        public override IReadOnlyCollection<IHttpCookie> Cookies => [];

        public override Uri Url { get; } = new("http://localhost/v1/attachments");

        public override IEnumerable<ClaimsIdentity> Identities => [];

        public override string Method => "POST";

        public override HttpResponseData CreateResponse() => throw new NotSupportedException();
    }
}
