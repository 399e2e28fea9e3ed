using System.Net;
using EReferrals.Tests.Journeys;
using EReferrals.Web;

namespace EReferrals.Tests.Web;

/// <summary>The files of the page, as a browser gets them.</summary>
[Collection(Journey.Name)]
public sealed class SiteTests(SharedApp shared)
{
    private const int FirstViewLimit = 150 * 1024;

    private readonly RunningApp _app = shared.App;

    [Fact]
    public void The_first_view_is_smaller_than_150_KB_compressed() =>
        Assert.InRange(Site.All.Values.Sum(file => file.Brotli?.Length ?? file.Plain.Length), 20_000, FirstViewLimit);

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData(null)]
    public async Task A_file_is_sent_compressed_and_may_be_kept_for_ever(string? encoding)
    {
        using var response = await GetAsync($"/app/files/{Site.Version}/main.js", ("Accept-Encoding", encoding ?? "br;q=0, gzip;q=0"));

        Assert.Equal((200, "text/javascript"), ((int)response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        Assert.Equal(encoding is null ? [] : [encoding], response.Content.Headers.ContentEncoding);
        Assert.Equal("public, max-age=31536000, immutable", response.Headers.CacheControl!.ToString());
        Assert.Contains("Accept-Encoding", response.Headers.Vary);
        using var again = await GetAsync(
            $"/app/files/{Site.Version}/main.js", ("Accept-Encoding", encoding ?? ""), ("If-None-Match", $"{response.Headers.ETag}"));
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Theory]
    [InlineData("/app")]
    [InlineData("/app/lists/REFERRALS_FOR_REVIEW")]
    [InlineData("/app/referrals/000000012345/accept")]
    public async Task Every_view_is_the_same_page_with_a_strict_security_policy(string path)
    {
        using var response = await GetAsync(path);
        var policy = response.Headers.GetValues("Content-Security-Policy").Single();

        Assert.Equal((200, "text/html"), ((int)response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("DENY", response.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.True(response.Headers.CacheControl!.NoCache);
        Assert.Contains($"/app/files/{Site.Version}/main.js", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/app/files/0000000000000000/main.js")]
    [InlineData("/app/files/{version}/missing.js")]
    [InlineData("/app/files/{version}/../index.html.gz")]
    public async Task A_file_of_another_version_or_name_is_not_found(string path)
    {
        using var response = await GetAsync(path.Replace("{version}", Site.Version, StringComparison.Ordinal));

        if (!path.Contains("..", StringComparison.Ordinal)) await response.ProblemAsync(404);
        else Assert.NotEqual("application/gzip", response.Content.Headers.ContentType?.MediaType);
        Assert.False(response.Headers.CacheControl?.MaxAge > TimeSpan.Zero);
    }

    [Fact]
    public void No_file_has_inline_code_or_names_another_host() => Assert.All(Site.All, file =>
    {
        var text = System.Text.Encoding.UTF8.GetString(file.Value.Plain).Replace("http://www.w3.org/", "", StringComparison.Ordinal);
        Assert.DoesNotContain("innerHTML", text, StringComparison.Ordinal);
        Assert.DoesNotMatch("(https?:)?//[a-z0-9-]+\\.[a-z]", text.Replace("https://nhsuk.github.io", "", StringComparison.Ordinal));
        if (file.Key.EndsWith(".html", StringComparison.Ordinal)) Assert.DoesNotMatch("<script>|<style| style=| on[a-z]+=", text);
    });

    [Fact]
    public async Task The_configuration_names_the_issuer_and_the_reasons_and_no_secret()
    {
        using var response = await GetAsync("/app/config.json");
        var config = await response.JsonAsync();

        Assert.Equal("ereferrals-page", (string?)config["clientId"]);
        Assert.Equal("openid", (string?)config["scopes"]);
        Assert.NotEmpty(config["reasons"]!["appointmentCancellation"]!.AsArray());
        Assert.Equal(["clientId", "issuer", "metadata", "scopes", "reasons"], config.Select(member => member.Key));
    }

    private async Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await _app.Http.SendAsync(request);
    }
}
