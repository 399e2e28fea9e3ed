using System.Text.Json.Nodes;
using EReferrals.ApiDocs;
using EReferrals.Tests.Journeys;

namespace EReferrals.Tests.ApiDocs;

/// <summary>The two addresses that serve the API documentation.</summary>
[Collection(UsesStoppableApp.Name)]
public sealed class ServedDocumentTests(StoppableApp stoppable)
{
    private readonly RunningApp _app = stoppable.App;

    [Theory]
    [InlineData("/openapi.json", "application/json")]
    [InlineData("/docs", "text/html")]
    public async Task Anonymous_callers_can_read_the_document_cache_it_and_revalidate_it(string path, string type)
    {
        using var first = await GetAsync(path);
        var tag = first.Headers.ETag!.Tag;
        using var again = await GetAsync(path, tag);
        using var other = await GetAsync(path, "\"another\"");

        Assert.Equal((200, type, "utf-8"), ((int)first.StatusCode, first.Content.Headers.ContentType!.MediaType, first.Content.Headers.ContentType.CharSet));
        Assert.Equal("public, max-age=300", first.Headers.CacheControl!.ToString());
        Assert.Equal((304, tag, 0), ((int)again.StatusCode, again.Headers.ETag!.Tag, (await again.Content.ReadAsByteArrayAsync()).Length));
        Assert.Equal(200, (int)other.StatusCode);
    }

    [Fact]
    public async Task The_app_serves_the_document_that_the_tests_check()
    {
        using var response = await GetAsync("/openapi.json");

        Assert.True(JsonNode.DeepEquals(ApiDocument.Current.Root, JsonNode.Parse(await response.Content.ReadAsStringAsync())));
    }

    [Fact]
    public async Task The_docs_page_has_the_security_headers_of_a_page()
    {
        using var response = await GetAsync("/docs");

        Assert.Equal(DocsPage.SecurityPolicy, response.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task The_document_and_the_page_are_served_while_both_stores_are_down()
    {
        await using var records = await stoppable.WithoutRecordsAsync();
        await using var contingency = await stoppable.WithoutContingencyAsync();

        using var document = await GetAsync("/openapi.json");
        using var page = await GetAsync("/docs");

        Assert.Equal((200, 200), ((int)document.StatusCode, (int)page.StatusCode));
    }

    [Fact]
    public async Task The_status_page_links_to_the_docs_page()
    {
        using var response = await GetAsync("/");

        Assert.Contains("<a href=\"/docs\">", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string? tag = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (tag is not null) request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        return await _app.Http.SendAsync(request);
    }
}
