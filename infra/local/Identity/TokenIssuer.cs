using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EReferrals.Local.Identity;

/// <summary>
/// The token issuer that the product trusts locally. It signs any requested claims, so that security always stays on and tests can act as any caller.
/// </summary>
internal sealed class TokenIssuer(string address, string keyFile, string seedFile, TimeProvider time)
{
    public const string Audience = "ereferrals-local";
    private const int DefaultLifetime = 3600;

    private readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly SigningCredentials credentials = new(KeyIn(keyFile), SecurityAlgorithms.RsaSha256);
    private readonly SignIn signIn = new(seedFile, time);

    public string Address => address;

    /// <summary>Returns a token for this process, as <c>POST /local/token</c> would.</summary>
    public string UserToken(string user, string organisation, string role) => Sign(UserClaims(user, [$"{organisation}:{role}"], []), DefaultLifetime);

    public async ValueTask<bool> AnswerAsync(HttpContext http)
    {
        AllowOrigin(http);
        var answer = $"{http.Request.Method} {http.Request.Path}" switch
        {
            "POST /local/token" => TokenAsync(http),
            "GET /local/authorize" or "POST /local/authorize" => signIn.AuthorizeAsync(http),
            "GET /local/logout" => signIn.LogoutAsync(http),
            "GET /local/jwks" => http.Response.WriteAsJsonAsync(Keys()),
            "GET /local/.well-known/openid-configuration" => http.Response.WriteAsJsonAsync(Configuration()),
            _ => null,
        };
        if (answer is not null) await answer;
        return answer is not null;
    }

    // With services only, the page is on another port than this issuer. Issuers let the pages that are registered with them read their answers.
    private static void AllowOrigin(HttpContext http)
    {
        if (Uri.TryCreate(http.Request.Headers.Origin, UriKind.Absolute, out var origin) && origin is { Scheme: "http", IsLoopback: true })
            http.Response.Headers.AccessControlAllowOrigin = origin.GetLeftPart(UriPartial.Authority);
    }

    // The key is stored across runs, so that a token stays valid after a restart.
    private static RsaSecurityKey KeyIn(string file)
    {
        var rsa = RSA.Create(2048);
        if (File.Exists(file)) rsa.ImportFromPem(File.ReadAllText(file));
        else File.WriteAllText(file, rsa.ExportPkcs8PrivateKeyPem());
        var key = new RsaSecurityKey(rsa);
        key.KeyId = Base64UrlEncoder.Encode(key.ComputeJwkThumbprint());
        return key;
    }

    private object Configuration() => new
    {
        issuer = address,
        jwks_uri = $"{address}/jwks",
        authorization_endpoint = $"{address}/authorize",
        token_endpoint = $"{address}/token",
        end_session_endpoint = $"{address}/logout",
        id_token_signing_alg_values_supported = new[] { SecurityAlgorithms.RsaSha256 },
        response_types_supported = new[] { "code" },
        code_challenge_methods_supported = new[] { "S256" },
        subject_types_supported = new[] { "public" },
    };

    private object Keys()
    {
        var key = JsonWebKeyConverter.ConvertFromSecurityKey(credentials.Key);
        return new { keys = new[] { new { kty = key.Kty, use = "sig", alg = credentials.Algorithm, kid = key.Kid, n = key.N, e = key.E } } };
    }

    private async Task TokenAsync(HttpContext http)
    {
        var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync(http.RequestAborted) : FormCollection.Empty;
        if (form["grant_type"] == "authorization_code")
        {
            await ExchangeAsync(http, form);
            return;
        }

        var request = TokenRequest.Read(http.Request.Query.Concat(form)
            .SelectMany(parameter => parameter.Value, (parameter, value) => (parameter.Key, Value: value))
            .ToLookup(parameter => parameter.Key, parameter => parameter.Value));
        if (request.Problems.Count > 0)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await http.Response.WriteAsJsonAsync(new { error = "invalid_request", problems = request.Problems });
            return;
        }

        var claims = request.User is { } user
            ? UserClaims(user, request.Roles, request.OnBehalfOf)
            : ApplicationClaims(request.Application!, request.Roles);
        var lifetime = request.ExpiresIn ?? DefaultLifetime;
        http.Response.Headers.CacheControl = "no-store";
        await http.Response.WriteAsJsonAsync(new { access_token = Sign(claims, lifetime), token_type = "Bearer", expires_in = lifetime });
    }

    private async Task ExchangeAsync(HttpContext http, IFormCollection form)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (signIn.Exchange(form) is not { } grant)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await http.Response.WriteAsJsonAsync(new { error = "invalid_grant" });
            return;
        }

        var session = grant.Session;
        var lifetime = session.Lifetime ?? DefaultLifetime;
        var identity = new Dictionary<string, object> { ["sub"] = session.User.Id, ["name"] = session.User.Name };
        if (grant.Request.Nonce is { Length: > 0 } nonce) identity["nonce"] = nonce;
        await http.Response.WriteAsJsonAsync(new
        {
            access_token = Sign(UserClaims(session.User.Id, [.. session.Roles], [.. session.User.OnBehalfOf ?? []]), lifetime),
            token_type = "Bearer",
            expires_in = lifetime,
            id_token = Sign(identity, DefaultLifetime, SignIn.ClientId),
        });
    }

    private static Dictionary<string, object> UserClaims(string user, List<string> roles, List<string> onBehalfOf)
    {
        var claims = new Dictionary<string, object> { ["sub"] = user, ["idtyp"] = "user", ["roles"] = roles.ToArray() };
        if (onBehalfOf.Count == 0) return claims;
        // A clinician without an organisation counts at every organisation of the user.
        var organisations = roles.Select(role => role.Split(':')[0]).Distinct().ToArray();
        claims["onBehalfOf"] = onBehalfOf
            .SelectMany(clinician => clinician.Contains(':', StringComparison.Ordinal) ? [clinician] : organisations.Select(place => $"{place}:{clinician}"))
            .ToArray();
        return claims;
    }

    private static Dictionary<string, object> ApplicationClaims(string application, List<string> roles) =>
        new() { ["sub"] = application, ["azp"] = application, ["idtyp"] = "app", ["roles"] = roles.ToArray() };

    private string Sign(Dictionary<string, object> claims, int lifetime, string audience = Audience)
    {
        var now = time.GetUtcNow().UtcDateTime;
        // An expired token gets an issue time in the past: a token that ends before it begins would be rejected as malformed instead.
        var issued = lifetime < 0 ? now.AddSeconds(lifetime - DefaultLifetime) : now;
        claims["jti"] = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        return handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = address,
            Audience = audience,
            IssuedAt = issued,
            NotBefore = issued,
            Expires = now.AddSeconds(lifetime),
            Claims = claims,
            SigningCredentials = credentials,
        });
    }
}
