using EReferrals.Http.Requests;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Tests.Http;

public class AcceptTests
{
    private const string Zip = "application/zip";
    private const string Json = "application/json";

    [Theory]
    [InlineData(null, Zip)]
    [InlineData("", Zip)]
    [InlineData("*/*", Zip)]
    [InlineData("application/*", Zip)]
    [InlineData("application/json", Json)]
    [InlineData("Application/JSON; charset=UTF-8", Json)]
    [InlineData("application/json, text/plain, */*", Json)]
    [InlineData("application/json;q=0.5, application/zip;q=0.4", Json)]
    [InlineData("application/json;q=0.4, application/zip;q=0.5", Zip)]
    [InlineData("application/json;q=0.1, */*", Zip)]
    [InlineData("application/zip;q=0, */*", Json)]
    [InlineData("text/html, application/json;q=0.9", Json)]
    [InlineData("application/jsonx, application/zip;q=0.1", Zip)]
    [InlineData("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", Zip)]
    [InlineData("text/html", null)]
    [InlineData("application/json;q=0", null)]
    [InlineData("application/json;version=2", null)]
    [InlineData("*/*;q=0", null)]
    public void The_most_preferred_type_is_chosen(string? header, string? expected) =>
        Assert.Equal((expected, expected is null ? 406 : 0), Chosen(header));

    [Theory]
    [InlineData("json")]
    [InlineData("/")]
    public void An_Accept_header_without_a_supported_type_or_with_bad_syntax_is_rejected(string header) => Assert.Equal((null, 400), Chosen(header));

    private static (string? Type, int Status) Chosen(string? header)
    {
        var headers = new HttpHeadersCollection();
        if (header is not null) headers.TryAddWithoutValidation("Accept", header);
        return Accept.Choose(headers, Zip, Json).TryGet(out var type, out var problem) ? (type, 0) : (null, (int)problem.Status);
    }
}
