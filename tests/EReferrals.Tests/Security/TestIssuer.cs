using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EReferrals.Security;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Tokens;

namespace EReferrals.Tests.Security;

/// <summary>A token issuer without a network. The product fetches its metadata and keys from here.</summary>
internal sealed class TestIssuer : IDocumentRetriever
{
    public const string Issuer = "https://issuer.example";
    public const string Audience = "ereferrals";

    // A key takes a quarter of a second to make.
    private static readonly RSAParameters FirstKey = NewKey();
    private static readonly RSAParameters SecondKey = NewKey();

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 2, 9, 0, 0, TimeSpan.Zero));

    public RsaSecurityKey Rsa { get; private set; } = new(RSA.Create(FirstKey)) { KeyId = "rsa-1" };

    public ECDsaSecurityKey Ec { get; } = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "ec-1" };

    public bool IsReachable { get; set; } = true;

    public bool Hangs { get; set; }

    /// <summary>What the issuer answers as its key set; null for its two keys.</summary>
    public string? KeySet { get; set; }

    public int Fetches { get; private set; }

    public static TokenSettings Settings => new(Issuer, Audience, new Uri($"{Issuer}/.well-known/openid-configuration"));

    public TokenValidator Validator() =>
        new(new SigningKeys(Settings, this, Clock, NullLogger<SigningKeys>.Instance), Settings, Clock);

    public void Rotate() => Rsa = new RsaSecurityKey(RSA.Create(SecondKey)) { KeyId = "rsa-2" };

    public SigningCredentials Rs256 => new(Rsa, SecurityAlgorithms.RsaSha256);

    public SigningCredentials Es256 => new(Ec, SecurityAlgorithms.EcdsaSha256);

    /// <summary>Creates a valid token of a referring clinician at R69, with the given changes.</summary>
    public string Token(
        SigningCredentials? signedWith = null,
        string issuer = Issuer,
        string audience = Audience,
        TimeSpan? notBefore = null,
        TimeSpan? expires = null,
        Action<Dictionary<string, object>>? change = null)
    {
        var now = Clock.GetUtcNow().UtcDateTime;
        var claims = new Dictionary<string, object>
        {
            ["sub"] = "021600556514",
            ["roles"] = new[] { "R69:REFERRING_CLINICIAN" },
        };
        change?.Invoke(claims);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            NotBefore = now + (notBefore ?? TimeSpan.Zero),
            Expires = now + (expires ?? TimeSpan.FromMinutes(10)),
            Claims = claims,
            SigningCredentials = signedWith ?? Rs256,
        });
    }

    /// <summary>Signs any header and payload with our key.</summary>
    public string Signed(string header, string payload)
    {
        var text = $"{Base64UrlEncoder.Encode(header)}.{Base64UrlEncoder.Encode(payload)}";
        var signature = Rsa.Rsa.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{text}.{Base64UrlEncoder.Encode(signature)}";
    }

    public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
    {
        Fetches++;
        if (Hangs) await Task.Delay(Timeout.InfiniteTimeSpan, Clock, cancel);
        if (!IsReachable) throw new IOException("The issuer is away.");
        return address.EndsWith("/jwks", StringComparison.Ordinal)
            ? KeySet ?? JsonSerializer.Serialize(new { keys = new[] { Public(Rsa), Public(Ec) } })
            : JsonSerializer.Serialize(new { issuer = Issuer, jwks_uri = $"{Issuer}/jwks" });
    }

    private static RSAParameters NewKey()
    {
        using var rsa = RSA.Create(2048);
        return rsa.ExportParameters(includePrivateParameters: true);
    }

    private static Dictionary<string, string> Public(RsaSecurityKey key)
    {
        var numbers = key.Rsa.ExportParameters(false);
        return new()
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["kid"] = key.KeyId,
            ["n"] = Base64UrlEncoder.Encode(numbers.Modulus),
            ["e"] = Base64UrlEncoder.Encode(numbers.Exponent),
        };
    }

    private static Dictionary<string, string> Public(ECDsaSecurityKey key)
    {
        var point = key.ECDsa.ExportParameters(false).Q;
        return new()
        {
            ["kty"] = "EC",
            ["use"] = "sig",
            ["crv"] = "P-256",
            ["kid"] = key.KeyId,
            ["x"] = Base64UrlEncoder.Encode(point.X),
            ["y"] = Base64UrlEncoder.Encode(point.Y),
        };
    }
}
