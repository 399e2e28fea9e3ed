using System.Globalization;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EReferrals.Security;

/// <summary>Says why a token that our issuer signed is no access token of this service.</summary>
internal sealed class TokenForm(TokenSettings settings, TimeProvider clock, TimeSpan skew)
{
    private static readonly string[] Types = ["JWT", "at+jwt", "application/at+jwt"];

    // The payload of Keycloak's tokens names their kind, such as ID, Refresh or Offline.
    private static readonly string[] Kinds = ["Bearer", .. Types];

    // Amazon Cognito's.
    private static readonly string[] Uses = ["access"];

    // Only the tokens that an identity provider issues for a sign-in contain these.
    private static readonly string[] ClaimsOfIdTokens = ["at_hash", "c_hash", "nonce"];

    // As NHS CIS2 states them: how well the identity was proven, and how strongly the user signed in. Each is a digit from 0 to 3.
    private static readonly (string Claim, int Lowest)[] Assurance = [("id_assurance_level", 3), ("authentication_assurance_level", 2)];

    /// <summary>Returns null when nothing is wrong.</summary>
    public string? Fault(JsonWebToken token, Caller caller)
    {
        using var header = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedHeader));
        using var payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload));
        var claims = payload.RootElement;
        if (header.RootElement.TryGetProperty("crit", out _)) return "The access token requires an extension ('crit') that this service does not know.";
        if (!IsAccessToken(header.RootElement, claims)) return "The token is not an access token.";
        if (!caller.IsApplication && AssuranceFault(claims) is { } fault) return fault;
        // A lifetime that is counted from an instant in the future would be short for a token that works for years.
        if (Instant(claims, "iat") is var issued && double.IsFinite(issued) && issued > Now + skew.TotalSeconds)
        {
            return "The access token was issued in the future.";
        }

        var longest = caller.IsApplication ? settings.ApplicationLifetime : settings.UserLifetime;
        return Lifetime(claims) <= longest.TotalSeconds
            ? null
            : $"The lifetime of the access token is longer than the {longest.TotalMinutes:0} minutes that this service accepts. Request a shorter one.";
    }

    private static bool IsAccessToken(JsonElement header, JsonElement claims) =>
        header.TryGetProperty("typ", out _)
        && IsOneOf(Types, header, "typ")
        && IsOneOf(Kinds, claims, "typ")
        && IsOneOf(Uses, claims, "token_use")
        && !ClaimsOfIdTokens.Any(name => claims.TryGetProperty(name, out _));

    // A token of an issuer that does not state these levels passes.
    private static string? AssuranceFault(JsonElement claims) => Assurance
        .Where(level => claims.TryGetProperty(level.Claim, out var stated) && !(IsLevel(stated, out var value) && value >= level.Lowest))
        .Select(level => $"The user must sign in with '{level.Claim}' {level.Lowest} or higher.")
        .FirstOrDefault();

    private static bool IsLevel(JsonElement stated, out int value) =>
        int.TryParse(stated.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= 3;

    // True also when there is no such member.
    private static bool IsOneOf(string[] allowed, JsonElement members, string name) =>
        !members.TryGetProperty(name, out var member)
        || (member.ValueKind == JsonValueKind.String && allowed.Contains(member.GetString(), StringComparer.OrdinalIgnoreCase));

    private long Now => clock.GetUtcNow().ToUnixTimeSeconds();

    // In seconds. Without an instant of issue, the rest of the lifetime counts.
    private double Lifetime(JsonElement claims)
    {
        var start = Math.Min(Instant(claims, "iat"), Instant(claims, "nbf"));
        if (double.IsPositiveInfinity(start)) start = Now;
        return Instant(claims, "exp") - start;
    }

    private static double Instant(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var claim) && claim.ValueKind == JsonValueKind.Number ? claim.GetDouble() : double.PositiveInfinity;
}
