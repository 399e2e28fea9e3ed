using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EReferrals.Local.Identity;

/// <summary>
/// The issuer that the product trusts locally. It signs whatever it is asked for, so that security is never switched off and every
/// caller can be played.
/// </summary>
internal sealed class TokenIssuer(string issuer, string audience, RSA key, TimeProvider time)
{
    private const int DefaultLifetime = 3600;
    private static readonly string[] Known = ["user", "application", "organisation", "role", "roles", "onBehalfOf", "expiresIn"];

    private readonly SigningCredentials credentials = new(
        new RsaSecurityKey(key) { KeyId = Base64UrlEncoder.Encode(new RsaSecurityKey(key.ExportParameters(false)).ComputeJwkThumbprint()) },
        SecurityAlgorithms.RsaSha256);

    private readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>The key outlives the run, so that a token does too.</summary>
    public static RSA KeyIn(string stateFolder)
    {
        var file = Path.Combine(stateFolder, "issuer-key.pem");
        var key = RSA.Create(2048);
        if (File.Exists(file)) key.ImportFromPem(File.ReadAllText(file));
        else File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
        return key;
    }

    /// <summary>A token for the program itself, as <c>POST /local/token</c> would give it.</summary>
    public string UserToken(string user, string organisation, string role) => Sign(UserClaims(user, [$"{organisation}:{role}"], []), DefaultLifetime);

    public async ValueTask<bool> AnswerAsync(HttpContext http)
    {
        switch (http.Request.Path.Value)
        {
            case "/local/token" when HttpMethods.IsPost(http.Request.Method):
                await TokenAsync(http);
                return true;
            case "/local/jwks" when HttpMethods.IsGet(http.Request.Method):
                await http.Response.WriteAsJsonAsync(Keys());
                return true;
            case "/local/.well-known/openid-configuration" when HttpMethods.IsGet(http.Request.Method):
                await http.Response.WriteAsJsonAsync(Configuration());
                return true;
            default:
                return false;
        }
    }

    private Dictionary<string, object> Configuration() => new()
    {
        ["issuer"] = issuer,
        ["jwks_uri"] = $"{issuer}/jwks",
        ["token_endpoint"] = $"{issuer}/token",
        ["id_token_signing_alg_values_supported"] = new[] { "RS256" },
        ["response_types_supported"] = new[] { "token" },
        ["subject_types_supported"] = new[] { "public" },
    };

    private Dictionary<string, object> Keys()
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return new Dictionary<string, object>
        {
            ["keys"] = new[]
            {
                new Dictionary<string, string>
                {
                    ["kty"] = "RSA",
                    ["use"] = "sig",
                    ["alg"] = "RS256",
                    ["kid"] = credentials.Key.KeyId,
                    ["n"] = Base64UrlEncoder.Encode(parameters.Modulus),
                    ["e"] = Base64UrlEncoder.Encode(parameters.Exponent),
                },
            },
        };
    }

    private async Task TokenAsync(HttpContext http)
    {
        var asked = http.Request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray());
        if (http.Request.HasFormContentType)
            foreach (var (name, values) in await http.Request.ReadFormAsync(http.RequestAborted))
                asked[name] = asked.TryGetValue(name, out var before) ? [.. before, .. values] : values.ToArray();
        var request = TokenRequest.Read(asked, Known);
        if (request.Problems.Count > 0)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await http.Response.WriteAsJsonAsync(new Dictionary<string, object>
            {
                ["error"] = "invalid_request",
                ["problems"] = request.Problems,
            });
            return;
        }

        var claims = request.User is { } user
            ? UserClaims(user, request.Roles, request.OnBehalfOf)
            : ApplicationClaims(request.Application!, request.Roles);
        var lifetime = request.ExpiresIn ?? DefaultLifetime;
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.WriteAsJsonAsync(new Dictionary<string, object>
        {
            ["access_token"] = Sign(claims, lifetime),
            ["token_type"] = "Bearer",
            ["expires_in"] = lifetime,
        });
    }

    private static Dictionary<string, object> UserClaims(string user, List<string> roles, List<string> onBehalfOf)
    {
        var claims = new Dictionary<string, object> { ["sub"] = user, ["idtyp"] = "user", ["roles"] = roles.ToArray() };
        if (onBehalfOf.Count > 0) claims["onBehalfOf"] = onBehalfOf.ToArray();
        return claims;
    }

    private static Dictionary<string, object> ApplicationClaims(string application, List<string> roles) =>
        new() { ["sub"] = application, ["azp"] = application, ["idtyp"] = "app", ["roles"] = roles.ToArray() };

    private string Sign(Dictionary<string, object> claims, int lifetime)
    {
        var now = time.GetUtcNow().UtcDateTime;
        // An expired token was issued in the past: one that ends before it begins would be refused as malformed instead.
        var issued = lifetime < 0 ? now.AddSeconds(lifetime - DefaultLifetime) : now;
        claims["jti"] = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        return handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            IssuedAt = issued,
            NotBefore = issued,
            Expires = now.AddSeconds(lifetime),
            Claims = claims,
            SigningCredentials = credentials,
        });
    }
}
