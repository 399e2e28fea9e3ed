using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EReferrals.Tests.Web;

/// <summary>The sign-in of the local platform is as strict as that of an issuer of the cloud.</summary>
[Collection(Journey.Name)]
public sealed class LocalSignInTests(SharedApp shared) : IDisposable
{
    private const string Verifier = "a-verifier-of-at-least-forty-three-characters-in-all";
    private const string Choice = "103264994981|R69:SERVICE_PROVIDER_CLINICIAN";

    private readonly HttpClient _http = new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        BaseAddress = shared.App.Http.BaseAddress,
    };

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_code_is_exchanged_once_for_the_roles_that_were_chosen()
    {
        var code = await CodeAsync();
        using var first = await ExchangeAsync(code, Verifier);
        using var second = await ExchangeAsync(code, Verifier);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadRequest), (first.StatusCode, second.StatusCode));
        var tokens = (await first.Content.ReadFromJsonAsync<JsonObject>())!;
        var access = new JsonWebToken((string)tokens["access_token"]!);
        Assert.Equal("R69:SERVICE_PROVIDER_CLINICIAN", Assert.Single(access.Claims, claim => claim.Type == "roles").Value);
        Assert.Equal("a nonce", new JsonWebToken((string)tokens["id_token"]!).GetClaim("nonce").Value);
    }

    [Fact]
    public async Task A_code_is_worth_nothing_without_its_verifier()
    {
        var code = await CodeAsync();
        using var wrong = await ExchangeAsync(code, Verifier + "x");
        using var right = await ExchangeAsync(code, Verifier);

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (wrong.StatusCode, right.StatusCode));
    }

    [Theory]
    [InlineData("redirect_uri", "http://elsewhere.example/app/signed-in")]
    [InlineData("redirect_uri", "http://localhost/app/other")]
    [InlineData("client_id", "another")]
    [InlineData("code_challenge_method", "plain")]
    [InlineData("response_type", "token")]
    [InlineData("scope", "email")]
    public async Task A_wrong_request_is_refused_without_a_redirect(string parameter, string value)
    {
        using var response = await _http.GetAsync(Address((parameter, value)));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Null(response.Headers.Location);
    }

    [Fact]
    public async Task Without_a_session_a_silent_sign_in_returns_an_error_and_shows_nothing()
    {
        using var response = await _http.GetAsync(Address(("prompt", "none")));

        Assert.Equal(302, (int)response.StatusCode);
        Assert.Contains("error=login_required&state=a%20state", response.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_the_user_does_not_have_is_refused()
    {
        using var form = new FormUrlEncodedContent([new("choice", "103264994981|R69:OPERATOR")]);
        using var response = await _http.PostAsync(Address(), form);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    private async Task<string> CodeAsync()
    {
        using var form = new FormUrlEncodedContent([new("choice", Choice)]);
        using var response = await _http.PostAsync(Address(), form);
        Assert.Equal(303, (int)response.StatusCode);
        return response.Headers.Location!.OriginalString.Split("code=")[1].Split('&')[0];
    }

    private async Task<HttpResponseMessage> ExchangeAsync(string code, string verifier)
    {
        using var form = new FormUrlEncodedContent(
        [
            new("grant_type", "authorization_code"), new("code", code), new("code_verifier", verifier), new("client_id", "ereferrals-page"),
            new("redirect_uri", Redirect),
        ]);
        return await _http.PostAsync(new Uri("/local/token", UriKind.Relative), form);
    }

    private string Redirect => new Uri(_http.BaseAddress!, "/app/signed-in").ToString();

    private Uri Address(params (string Name, string Value)[] changes)
    {
        var query = new Dictionary<string, string>
        {
            ["response_type"] = "code",
            ["client_id"] = "ereferrals-page",
            ["redirect_uri"] = Redirect,
            ["scope"] = "openid",
            ["state"] = "a state",
            ["nonce"] = "a nonce",
            ["code_challenge"] = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier))),
            ["code_challenge_method"] = "S256",
        };
        foreach (var (name, value) in changes) query[name] = value;
        return new Uri($"/local/authorize?{string.Join('&', query.Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value)}"))}", UriKind.Relative);
    }
}
