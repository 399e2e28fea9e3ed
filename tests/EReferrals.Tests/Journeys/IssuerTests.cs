using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using EReferrals.Tests.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EReferrals.Tests.Journeys;

/// <summary>The app with an issuer whose key set and tokens the tests choose.</summary>
public sealed class IssuerTests : IAsyncLifetime
{
    private const string Empty = """{"keys":[]}""";

    private readonly string _state = System.IO.Directory.CreateTempSubdirectory("ereferrals-").FullName;
    private readonly MovingClock _clock = new();
    private readonly RsaSecurityKey _key = new(RSA.Create(2048));
    private readonly WebApplication _server;
    private volatile string _keySet;
    private RunningApp _app = null!;

    public IssuerTests()
    {
        _key.KeyId = Base64UrlEncoder.Encode(_key.ComputeJwkThumbprint());
        _keySet = Published;
        _server = LoopbackServer.Create();
        _server.MapGet("/configuration", () => Results.Text($$"""{"jwks_uri":"{{_server.Urls.Single()}}/jwks"}""", "application/json"));
        _server.MapGet("/jwks", () => Results.Text(_keySet, "application/json"));
    }

    public async Task InitializeAsync()
    {
        // The local issuer signs with this key, so that the tokens of the app's callers are valid too.
        await File.WriteAllTextAsync(Path.Combine(_state, "issuer-key.pem"), _key.Rsa.ExportPkcs8PrivateKeyPem());
        await _server.StartAsync();
        _app = await RunningApp.StartAsync(
            builder => builder.Services.AddSingleton<TimeProvider>(_clock), _state,
            "--Local:Seed=false", "--Local:Timers=false", $"--Security:MetadataAddress={_server.Urls.Single()}/configuration");
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await _server.DisposeAsync();
        System.IO.Directory.Delete(_state, recursive: true);
    }

    [Fact]
    public async Task No_token_is_accepted_within_ten_minutes_after_the_issuer_withdrew_its_only_key()
    {
        var seen = Token();
        Assert.Equal(200, await StatusAsync(seen));
        _keySet = Empty;
        _clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal((503, 503), (await StatusAsync(seen), await StatusAsync(Token())));

        _keySet = Published;
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(200, await StatusAsync(Token()));
    }

    [Fact]
    public async Task Only_access_tokens_that_were_issued_by_now_are_accepted()
    {
        var distant = DateTimeOffset.Parse("2099-01-01T00:00:00Z", CultureInfo.InvariantCulture);
        (string What, int Status, string Token)[] tokens =
        [
            ("an access token", 200, Token()),
            ("one that says so", 200, Token(claims => claims["token_use"] = "access")),
            ("one of Keycloak", 200, Token(claims => claims["typ"] = "Bearer")),
            ("one of the year 2099", 401, Token(at: distant)),
            ("an ID token of Cognito", 401, Token(claims => claims["token_use"] = "id")),
            ("an ID token of Keycloak", 401, Token(claims => claims["typ"] = "ID")),
            ("a refresh token", 401, Token(claims => claims["typ"] = "Refresh")),
            ("an offline token", 401, Token(claims => claims["typ"] = "Offline")),
            ("an ID token with the hash of a code", 401, Token(claims => claims["c_hash"] = "h")),
        ];

        foreach (var (what, status, token) in tokens) Assert.Equal((what, status), (what, await StatusAsync(token)));
    }

    private string Published
    {
        get
        {
            var numbers = _key.Rsa.ExportParameters(includePrivateParameters: false);
            var (modulus, exponent) = (Base64UrlEncoder.Encode(numbers.Modulus), Base64UrlEncoder.Encode(numbers.Exponent));
            return $$"""{"keys":[{"kty":"RSA","use":"sig","kid":"{{_key.KeyId}}","n":"{{modulus}}","e":"{{exponent}}"}]}""";
        }
    }

    private string Token(Action<Dictionary<string, object>>? change = null, DateTimeOffset? at = null)
    {
        var issued = (at ?? _clock.GetUtcNow()).UtcDateTime;
        var claims = new Dictionary<string, object> { ["sub"] = Sample.ProviderClinician.User, ["roles"] = new[] { "R69:SERVICE_PROVIDER_CLINICIAN" } };
        change?.Invoke(claims);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = $"{_app.Http.BaseAddress}local",
            Audience = "ereferrals-local",
            IssuedAt = issued,
            Expires = issued.AddMinutes(50),
            Claims = claims,
            SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.RsaSha256),
        });
    }

    private async Task<int> StatusAsync(string token)
    {
        using var request = await _app.RequestAsync(Sample.ProviderClinician, HttpMethod.Get, "/v1/worklists");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await _app.Http.SendAsync(request);
        return (int)response.StatusCode;
    }
}
