using System.Text;
using EReferrals.Security;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.IdentityModel.Tokens;

namespace EReferrals.Tests.Security;

/// <summary>Every crafted token is rejected, and none makes the validator throw.</summary>
public sealed class CraftedTokenProperties
{
    private readonly TestIssuer _issuer = new();
    private readonly TokenValidator _validator;

    public CraftedTokenProperties() => _validator = _issuer.Validator();

    [Fact]
    public void A_random_text_is_rejected_as_a_token() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text => IsRefused(text ?? "")).QuickCheckThrowOnFailure();

    [Fact]
    public void A_token_of_random_bytes_is_rejected() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => IsRefused(Encoding.Latin1.GetString(bytes)) && IsRefused(Encoding.UTF8.GetString(bytes)))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_token_of_random_parts_is_rejected() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<string[]>(),
            parts => IsRefused(string.Join('.', parts)) && IsRefused(string.Join('.', parts.Select(part => Base64UrlEncoder.Encode(part ?? "")))))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_token_with_a_random_header_and_payload_is_rejected() =>
        Prop.ForAll(
            Gen.Elements(Headers).ToArbitrary(),
            ArbMap.Default.ArbFor<string>(),
            (header, payload) =>
                IsRefused($"{Base64UrlEncoder.Encode(header)}.{Base64UrlEncoder.Encode(payload ?? "")}.{Base64UrlEncoder.Encode("signature")}"))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_correctly_signed_token_with_invented_claims_is_rejected() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<string>(),
            payload => IsRefused(_issuer.Signed("""{"alg":"RS256","kid":"rsa-1"}""", payload ?? "")))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_valid_token_with_one_changed_character_is_rejected()
    {
        var good = _issuer.Token();
        // The last character of a part may carry unused bits.
        var places = Enumerable.Range(0, good.Length - 1).Where(place => good[place] != '.' && good[place + 1] != '.').ToArray();
        Prop.ForAll(
            Gen.Elements(places).ToArbitrary(),
            ArbMap.Default.ArbFor<char>(),
            (place, character) => character == good[place] || IsRefused(good[..place] + character + good[(place + 1)..]))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_token_with_a_thousand_nested_lists_is_rejected()
    {
        var deep = new string('[', 1_000) + new string(']', 1_000);

        Assert.True(IsRefused(_issuer.Signed("""{"alg":"RS256","kid":"rsa-1"}""", deep)));
        Assert.True(IsRefused(_issuer.Signed("""{"alg":"RS256","kid":"rsa-1"}""", $$"""{"sub":{{deep}}}""")));
        Assert.True(IsRefused(_issuer.Signed(deep, "{}")));
    }

    private static readonly string[] Headers =
    [
        "{}", "[]", "null", """{"alg":"none"}""", """{"alg":"RS256"}""", """{"alg":"HS256","kid":"rsa-1"}""", """{"alg":7}""", """{"alg":["RS256"]}""",
        """{"alg":"RS256","kid":"rsa-1"}""", """{"alg":"RS256","kid":null}""", """{"alg":"RS256","kid":"rsa-1","crit":["x"]}""",
        """{"alg":"dir","enc":"A128GCM"}""",
        """{"alg":"RS256","kid":"rsa-1","zip":"DEF"}""", """{"alg":"ES256","kid":"rsa-1"}""", """{"alg":"RS256","jwk":{"kty":"oct"}}""",
        """{"alg":"RS256","x5c":[1]}""",
    ];

    private bool IsRefused(string token) => ValidateAsync(token).Result is TokenVerdict.Invalid;

    private Task<TokenVerdict> ValidateAsync(string token) => _validator.ValidateAsync(token, CancellationToken.None).AsTask();
}
