using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EReferrals.Security;

/// <summary>Validates bearer tokens: issued by our issuer, for our audience, signed with RS256 or ES256, and within their lifetime.</summary>
public sealed class TokenValidator(SigningKeys keys, TokenSettings settings, TimeProvider clock)
{
    /// <summary>In characters; longer than any header that a web server accepts. Longer tokens are refused unread.</summary>
    private const int LongestToken = 32 * 1024;

    private const string NotValid = "The access token is not valid for this service.";

    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = LongestToken, MapInboundClaims = false };
    private readonly TokenCache _cache = new(clock);
    private readonly TokenForm _form = new(settings, clock, Skew);

    public async ValueTask<TokenVerdict> ValidateAsync(string token, CancellationToken cancellationToken)
    {
        if (token.Length is 0 or > LongestToken) return new TokenVerdict.Invalid(NotValid);
        var cacheKey = TokenCache.KeyOf(token);
        if (await keys.GetAsync(cancellationToken) is not { } signingKeys) return new TokenVerdict.Unknown();
        if (_cache.Find(cacheKey, signingKeys) is { } cached) return new TokenVerdict.Valid(cached);

        var result = await CheckAsync(token, signingKeys);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
        {
            if (await keys.GetNewerAsync(signingKeys, cancellationToken) is not { } newer) return new TokenVerdict.Unknown();
            if (!ReferenceEquals(newer, signingKeys)) result = await CheckAsync(token, signingKeys = newer);
        }

        var verdict = VerdictOn(result);
        if (verdict is TokenVerdict.Valid(var caller)) _cache.Add(cacheKey, caller, signingKeys);
        return verdict;
    }

    private async Task<TokenValidationResult> CheckAsync(string token, IEnumerable<SecurityKey> signingKeys)
    {
        var parameters = new TokenValidationParameters
        {
            ValidIssuer = settings.Issuer,
            ValidAudience = settings.Audience,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256],
            IssuerSigningKeys = signingKeys,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            IncludeTokenOnFailedValidation = true,
            // The library uses the wall clock; this uses TimeProvider.
            LifetimeValidator = (notBefore, expires, _, _) => IsAlive(notBefore, expires),
        };
        try
        {
            return await _handler.ValidateTokenAsync(token, parameters);
        }
        catch (Exception ex)
        {
            // The only input is the caller's token and there is no I/O, so any exception of the parser means an invalid token.
            return new TokenValidationResult { IsValid = false, Exception = ex };
        }
    }

    private bool IsAlive(DateTime? notBefore, DateTime? expires)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return expires is { } end && now < Skewed(end, Skew) && (notBefore is not { } start || now >= Skewed(start, -Skew));
    }

    private static DateTime Skewed(DateTime instant, TimeSpan skew)
    {
        if (skew > TimeSpan.Zero) return instant > DateTime.MaxValue - skew ? DateTime.MaxValue : instant + skew;
        return instant < DateTime.MinValue - skew ? DateTime.MinValue : instant + skew;
    }

    private TokenVerdict VerdictOn(TokenValidationResult result)
    {
        if (result.IsValid && result.SecurityToken is JsonWebToken token)
        {
            if (CallerOf(token) is not { } caller) return new TokenVerdict.Invalid(NotValid);
            return _form.Fault(token, caller) is { } fault ? new TokenVerdict.Invalid(fault, caller.Subject) : new TokenVerdict.Valid(caller);
        }

        // The library checks these two after the signature, so the subject comes from our issuer.
        return result is
        {
            Exception: SecurityTokenInvalidLifetimeException or SecurityTokenInvalidAudienceException,
            TokenOnFailedValidation: JsonWebToken signed,
        }
            ? new TokenVerdict.Invalid("The access token has expired, is not yet valid, or is for another service.", CallerOf(signed)?.Subject)
            : new TokenVerdict.Invalid(NotValid);
    }

    private static Caller? CallerOf(JsonWebToken token)
    {
        try
        {
            using var payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload));
            var claims = payload.RootElement;
            if (Texts(claims, "sub") is not [{ Length: >= 1 and <= 128 } subject] || subject.AsSpan().ContainsAnyExceptInRange('!', '~')) return null;
            return new Caller(
                subject,
                Texts(claims, "idtyp") is ["app"],
                Texts(claims, "roles").ToHashSet(StringComparer.Ordinal),
                Texts(claims, "onBehalfOf").ToHashSet(StringComparer.Ordinal),
                new DateTimeOffset(Skewed(token.ValidTo, Skew), TimeSpan.Zero));
        }
        catch (Exception ex) when (ex is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    // Some issuers write a list with one item as a plain string.
    private static string[] Texts(JsonElement claims, string name) =>
        !claims.TryGetProperty(name, out var claim) ? []
        : claim.ValueKind == JsonValueKind.String ? [claim.GetString()!]
        : claim.ValueKind == JsonValueKind.Array
            ? [.. claim.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)]
            : [];
}
