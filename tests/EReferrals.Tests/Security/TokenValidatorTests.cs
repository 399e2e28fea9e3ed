using System.Security.Cryptography;
using EReferrals.Security;
using Microsoft.IdentityModel.Tokens;

namespace EReferrals.Tests.Security;

public sealed class TokenValidatorTests
{
    private readonly TestIssuer _issuer = new();

    [Fact]
    public async Task A_token_signed_with_RS256_or_ES256_is_accepted_and_identifies_the_caller()
    {
        var validator = _issuer.Validator();

        var rsa = await ValidAsync(validator, _issuer.Token());
        var ec = await ValidAsync(validator, _issuer.Token(_issuer.Es256));

        Assert.Equal("021600556514", rsa.Subject);
        Assert.Equal(["R69:REFERRING_CLINICIAN"], rsa.Roles);
        Assert.False(rsa.IsApplication);
        Assert.Equal(rsa.Subject, ec.Subject);
    }

    [Fact]
    public async Task Roles_and_onBehalfOf_are_read_from_a_list_or_a_single_string()
    {
        var caller = await ValidAsync(_issuer.Validator(), _issuer.Token(change: claims =>
        {
            claims["roles"] = "R69:SERVICE_PROVIDER_CLINICIAN_ADMIN";
            claims["onBehalfOf"] = new List<string> { "111111111111", "222222222222" };
            claims["idtyp"] = "app";
        }));

        Assert.Equal(["R69:SERVICE_PROVIDER_CLINICIAN_ADMIN"], caller.Roles);
        Assert.Equal(["111111111111", "222222222222"], caller.OnBehalfOf.Order());
        Assert.True(caller.IsApplication);
    }

    [Fact]
    public async Task A_token_without_a_signature_is_rejected()
    {
        var good = _issuer.Token().Split('.');
        var none = $"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""")}.{good[1]}.";

        await RefusedAsync(none);
        await RefusedAsync($"{good[0]}.{good[1]}.");
    }

    [Fact]
    public async Task A_token_signed_with_our_public_key_as_a_shared_secret_is_rejected()
    {
        var modulus = _issuer.Rsa.Rsa.ExportParameters(false).Modulus!;
        var shared = new SymmetricSecurityKey(modulus) { KeyId = _issuer.Rsa.KeyId };

        await RefusedAsync(_issuer.Token(new SigningCredentials(shared, SecurityAlgorithms.HmacSha256)));
    }

    [Theory]
    [InlineData(SecurityAlgorithms.RsaSha512)]
    [InlineData(SecurityAlgorithms.RsaSha384)]
    [InlineData(SecurityAlgorithms.RsaSsaPssSha256)]
    public async Task An_unsupported_algorithm_is_rejected(string algorithm) =>
        await RefusedAsync(_issuer.Token(new SigningCredentials(_issuer.Rsa, algorithm)));

    [Fact]
    public async Task A_token_of_another_issuer_or_signed_with_another_key_under_our_key_id_is_rejected()
    {
        var other = new RsaSecurityKey(RSA.Create(2048)) { KeyId = _issuer.Rsa.KeyId };

        await RefusedAsync(_issuer.Token(issuer: "https://elsewhere.example"));
        await RefusedAsync(_issuer.Token(new SigningCredentials(other, SecurityAlgorithms.RsaSha256)));
    }

    [Fact]
    public async Task A_token_with_a_changed_payload_is_rejected()
    {
        var parts = _issuer.Token().Split('.');
        var payload = Base64UrlEncoder.Decode(parts[1]).Replace("R69", "RJ1", StringComparison.Ordinal);

        await RefusedAsync($"{parts[0]}.{Base64UrlEncoder.Encode(payload)}.{parts[2]}");
    }

    [Fact]
    public async Task A_token_that_is_expired_not_yet_valid_or_for_another_audience_is_rejected_and_its_subject_recorded()
    {
        var validator = _issuer.Validator();
        foreach (var token in new[]
        {
            _issuer.Token(notBefore: TimeSpan.FromMinutes(-20), expires: TimeSpan.FromSeconds(-31)),
            _issuer.Token(notBefore: TimeSpan.FromSeconds(31)),
            _issuer.Token(audience: "another-service"),
        })
        {
            var verdict = Assert.IsType<TokenVerdict.Invalid>(await validator.ValidateAsync(token, default));
            Assert.Equal("021600556514", verdict.Subject);
        }
    }

    [Fact]
    public async Task The_subject_of_a_token_that_our_issuer_did_not_sign_is_not_recorded()
    {
        var other = new SigningCredentials(new RsaSecurityKey(RSA.Create(2048)) { KeyId = "rsa-1" }, SecurityAlgorithms.RsaSha256);
        var expired = _issuer.Token(other, notBefore: TimeSpan.FromMinutes(-20), expires: TimeSpan.FromMinutes(-1));

        foreach (var token in new[] { expired, _issuer.Token(other, audience: "another-service"), _issuer.Token(other) })
        {
            var verdict = Assert.IsType<TokenVerdict.Invalid>(await _issuer.Validator().ValidateAsync(token, default));
            Assert.Null(verdict.Subject);
        }
    }

    [Fact]
    public async Task The_clock_tolerance_is_thirty_seconds()
    {
        var validator = _issuer.Validator();

        await ValidAsync(validator, _issuer.Token(notBefore: TimeSpan.FromSeconds(29)));
        await ValidAsync(validator, _issuer.Token(notBefore: TimeSpan.FromMinutes(-5), expires: TimeSpan.FromSeconds(-29)));
    }

    [Theory]
    [InlineData("""{"iss":"https://issuer.example","aud":"ereferrals","sub":"021600556514"}""")]
    [InlineData("""{"iss":"https://issuer.example","aud":"ereferrals","exp":99999999999999999999999,"sub":"021600556514"}""")]
    [InlineData("""{"iss":"https://issuer.example","aud":"ereferrals","exp":"soon","sub":"021600556514"}""")]
    [InlineData("""{"iss":"https://issuer.example","aud":"ereferrals","exp":1893456000}""")]
    [InlineData("""{"iss":"https://issuer.example","aud":"ereferrals","exp":1893456000,"sub":7}""")]
    [InlineData("""{"iss":"https://issuer.example","aud":"ereferrals","exp":1893456000,"sub":""}""")]
    [InlineData("""{"iss":"https://issuer.example","aud":"ereferrals","exp":1893456000,"sub":"two words"}""")]
    [InlineData("""{"iss":["https://issuer.example"],"aud":{"a":1},"exp":1893456000,"sub":"021600556514"}""")]
    [InlineData("""[1,2,3]""")]
    [InlineData("\"text\"")]
    [InlineData("")]
    public async Task A_signed_payload_without_a_required_claim_is_rejected(string payload) =>
        await RefusedAsync(_issuer.Signed("""{"alg":"RS256","kid":"rsa-1","typ":"JWT"}""", payload));

    [Fact]
    public async Task A_token_of_one_megabyte_is_rejected_without_being_read()
    {
        var validator = _issuer.Validator();

        Assert.IsType<TokenVerdict.Invalid>(await validator.ValidateAsync(new string('a', 1024 * 1024), default));
        Assert.Equal(0, _issuer.Fetches);
    }

    [Fact]
    public async Task A_new_key_of_the_issuer_is_fetched_by_the_first_token_that_names_it()
    {
        var validator = _issuer.Validator();
        await ValidAsync(validator, _issuer.Token());
        _issuer.Rotate();
        _issuer.Clock.Advance(TimeSpan.FromSeconds(11));

        await ValidAsync(validator, _issuer.Token());
    }

    [Fact]
    public async Task Many_tokens_with_unknown_keys_do_not_cause_many_fetches()
    {
        var validator = _issuer.Validator();
        await ValidAsync(validator, _issuer.Token());
        var before = _issuer.Fetches;

        using var rsa = RSA.Create(2048);
        for (var number = 0; number < 50; number++)
        {
            var stranger = new SigningCredentials(new RsaSecurityKey(rsa) { KeyId = $"k{number}" }, SecurityAlgorithms.RsaSha256);
            Assert.IsType<TokenVerdict.Invalid>(await validator.ValidateAsync(_issuer.Token(stranger), default));
            if (number % 25 == 0) _issuer.Clock.Advance(TimeSpan.FromSeconds(6));
        }

        Assert.InRange(_issuer.Fetches - before, 0, 2);
    }

    [Fact]
    public async Task A_token_is_neither_accepted_nor_rejected_before_the_issuer_has_been_reached()
    {
        _issuer.IsReachable = false;
        var validator = _issuer.Validator();

        Assert.IsType<TokenVerdict.Unknown>(await validator.ValidateAsync(_issuer.Token(), default));

        _issuer.IsReachable = true;
        _issuer.Clock.Advance(TimeSpan.FromSeconds(2));
        await ValidAsync(validator, _issuer.Token());
    }

    [Fact]
    public async Task A_request_to_an_issuer_that_hangs_times_out_after_three_seconds()
    {
        _issuer.Hangs = true;
        var answer = _issuer.Validator().ValidateAsync(_issuer.Token(), default).AsTask();
        while (_issuer.Fetches == 0) await Task.Yield();

        while (!answer.IsCompleted)
        {
            _issuer.Clock.Advance(TimeSpan.FromSeconds(3));
            await Task.Yield();
        }

        Assert.IsType<TokenVerdict.Unknown>(await answer);
    }

    [Fact]
    public async Task Fetched_keys_stay_valid_during_an_outage_of_the_issuer()
    {
        var validator = _issuer.Validator();
        await ValidAsync(validator, _issuer.Token());
        _issuer.IsReachable = false;
        _issuer.Clock.Advance(TimeSpan.FromHours(5));

        await ValidAsync(validator, _issuer.Token());
    }

    [Fact]
    public async Task Fetched_keys_are_not_used_longer_than_a_token_may_live_while_the_issuer_is_away()
    {
        var validator = _issuer.Validator();
        await ValidAsync(validator, _issuer.Token());
        _issuer.IsReachable = false;

        _issuer.Clock.Advance(TimeSpan.FromHours(24));
        await ValidAsync(validator, _issuer.Token());
        _issuer.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.IsType<TokenVerdict.Unknown>(await validator.ValidateAsync(_issuer.Token(), default));

        _issuer.IsReachable = true;
        _issuer.Clock.Advance(TimeSpan.FromSeconds(2));
        await ValidAsync(validator, _issuer.Token());
    }

    [Fact]
    public async Task No_token_is_accepted_after_the_issuer_withdrew_all_keys_until_it_publishes_one_again()
    {
        var validator = _issuer.Validator();
        var seen = _issuer.Token(expires: TimeSpan.FromMinutes(50));
        await ValidAsync(validator, seen);
        _issuer.KeySet = """{"keys":[]}""";
        _issuer.Clock.Advance(TimeSpan.FromMinutes(10));

        Assert.IsType<TokenVerdict.Unknown>(await validator.ValidateAsync(seen, default));
        Assert.IsType<TokenVerdict.Unknown>(await validator.ValidateAsync(_issuer.Token(), default));

        _issuer.KeySet = null;
        _issuer.Clock.Advance(TimeSpan.FromSeconds(2));
        await ValidAsync(validator, seen);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"keys":null}""")]
    [InlineData("[]")]
    [InlineData("<html>Sign in to the network</html>")]
    public async Task An_answer_that_is_no_key_set_withdraws_no_key(string answer)
    {
        var validator = _issuer.Validator();
        await ValidAsync(validator, _issuer.Token());
        _issuer.KeySet = answer;
        _issuer.Clock.Advance(TimeSpan.FromMinutes(10));

        await ValidAsync(validator, _issuer.Token());
    }

    [Fact]
    public async Task A_cached_token_is_accepted_until_it_expires_and_no_longer()
    {
        var validator = _issuer.Validator();
        var token = _issuer.Token(expires: TimeSpan.FromMinutes(5));
        await ValidAsync(validator, token);

        _issuer.Clock.Advance(TimeSpan.FromMinutes(5));
        await ValidAsync(validator, token);
        _issuer.Clock.Advance(TimeSpan.FromSeconds(31));

        Assert.IsType<TokenVerdict.Invalid>(await validator.ValidateAsync(token, default));
    }

    [Fact]
    public void The_token_cache_is_bounded_and_keeps_recently_used_tokens()
    {
        var cache = new TokenCache(_issuer.Clock, generationSize: 100);
        var keys = new object();
        var caller = new Caller("u", false, new HashSet<string>(), new HashSet<string>(), _issuer.Clock.GetUtcNow().AddHours(1));
        cache.Add("used", caller, keys);

        for (var number = 0; number < 1_000; number++)
        {
            cache.Add($"t{number}", caller, keys);
            Assert.NotNull(cache.Find("used", keys));
        }

        Assert.InRange(cache.Count, 100, 202);
    }

    [Fact]
    public async Task A_token_whose_key_left_the_key_set_is_rejected_within_ten_minutes_even_when_it_was_seen_before()
    {
        var validator = _issuer.Validator();
        var (quiet, busy) = (_issuer.Token(expires: TimeSpan.FromMinutes(50)), _issuer.Token(expires: TimeSpan.FromMinutes(51)));
        await ValidAsync(validator, quiet);
        _issuer.Rotate();
        for (var minute = 1; minute <= 10; minute++)
        {
            _issuer.Clock.Advance(TimeSpan.FromMinutes(1));
            if (minute < 5) await ValidAsync(validator, busy);
        }

        Assert.IsType<TokenVerdict.Invalid>(await validator.ValidateAsync(busy, default));
        Assert.IsType<TokenVerdict.Invalid>(await validator.ValidateAsync(quiet, default));
    }

    [Fact]
    public void A_cached_token_is_not_found_after_ten_minutes_or_with_other_keys()
    {
        var (cache, keys) = (new TokenCache(_issuer.Clock), new object());
        var caller = new Caller("u", false, new HashSet<string>(), new HashSet<string>(), _issuer.Clock.GetUtcNow().AddHours(1));
        cache.Add("t", caller, keys);

        Assert.Equal((caller, null), (cache.Find("t", keys), cache.Find("t", new object())));
        _issuer.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Null(cache.Find("t", keys));
    }

    [Theory]
    [InlineData(null, 3600, true)]
    [InlineData(null, 3601, false)]
    [InlineData("app", 86400, true)]
    [InlineData("app", 86401, false)]
    public async Task A_user_token_lives_an_hour_and_an_application_token_a_day_at_most(string? kind, int seconds, bool isAccepted)
    {
        var token = _issuer.Token(expires: TimeSpan.FromSeconds(seconds), change: claims =>
        {
            if (kind is not null) claims["idtyp"] = kind;
        });

        var verdict = await _issuer.Validator().ValidateAsync(token, default);

        if (isAccepted) Assert.IsType<TokenVerdict.Valid>(verdict);
        else Assert.Equal("021600556514", Assert.IsType<TokenVerdict.Invalid>(verdict).Subject);
    }

    [Theory]
    [InlineData("""{"alg":"RS256","kid":"rsa-1","typ":"JWT"}""", "", true)]
    [InlineData("""{"alg":"RS256","kid":"rsa-1","typ":"at+jwt"}""", "", true)]
    [InlineData("""{"alg":"RS256","kid":"rsa-1"}""", "", false)]
    [InlineData("""{"alg":"RS256","kid":"rsa-1","typ":"logout+jwt"}""", "", false)]
    [InlineData("""{"alg":"RS256","kid":"rsa-1","typ":"JWT"}""", ""","nonce":"n" """, false)]
    [InlineData("""{"alg":"RS256","kid":"rsa-1","typ":"JWT"}""", ""","at_hash":"h" """, false)]
    [InlineData("""{"alg":"RS256","kid":"rsa-1","typ":"JWT"}""", ""","c_hash":"h" """, false)]
    [InlineData("""{"alg":"RS256","kid":"rsa-1","typ":"JWT"}""", ""","token_use":"access" """, true)]
    [InlineData("""{"alg":"RS256","kid":"rsa-1","typ":"JWT"}""", ""","token_use":"id" """, false)]
    [InlineData("""{"alg":"RS256","kid":"rsa-1","typ":"JWT"}""", ""","token_use":["access"]""", false)]
    [InlineData("""{"alg":"RS256","kid":"rsa-1","typ":"JWT"}""", ""","typ":"Bearer" """, true)]
    [InlineData("""{"alg":"RS256","kid":"rsa-1","typ":"JWT"}""", ""","typ":"ID" """, false)]
    [InlineData("""{"alg":"RS256","kid":"rsa-1","typ":"JWT"}""", ""","typ":"Refresh" """, false)]
    [InlineData("""{"alg":"RS256","kid":"rsa-1","typ":"JWT"}""", ""","typ":"Offline" """, false)]
    [InlineData("""{"alg":"RS256","kid":"rsa-1","typ":"JWT","crit":["exp"]}""", "", false)]
    [InlineData("""{"alg":"RS256","kid":"rsa-1","typ":"JWT","crit":["b64"],"b64":true}""", "", false)]
    public async Task Only_an_access_token_without_unknown_extensions_is_accepted(string header, string claims, bool isAccepted)
    {
        var now = _issuer.Clock.GetUtcNow().ToUnixTimeSeconds();
        var payload = $$"""{"iss":"https://issuer.example","aud":"ereferrals","sub":"021600556514","iat":{{now}},"exp":{{now + 600}}{{claims}}}""";

        var verdict = await _issuer.Validator().ValidateAsync(_issuer.Signed(header, payload), default);

        Assert.Equal(isAccepted, verdict is TokenVerdict.Valid);
    }

    [Theory]
    [InlineData(""" "id_assurance_level":"3","authentication_assurance_level":"2" """, true)]
    [InlineData(""" "id_assurance_level":3,"authentication_assurance_level":3 """, true)]
    [InlineData(""" "id_assurance_level":"2","authentication_assurance_level":"3" """, false)]
    [InlineData(""" "id_assurance_level":"3","authentication_assurance_level":1 """, false)]
    [InlineData(""" "authentication_assurance_level":"" """, false)]
    [InlineData(""" "authentication_assurance_level":null """, false)]
    [InlineData(""" "id_assurance_level":["3"] """, false)]
    [InlineData(""" "id_assurance_level":"30" """, false)]
    [InlineData(""" "idtyp":"app","id_assurance_level":"0" """, true)]
    public async Task A_user_whose_token_states_a_low_level_of_assurance_is_refused(string claims, bool isAccepted)
    {
        var now = _issuer.Clock.GetUtcNow().ToUnixTimeSeconds();
        var payload = $$"""{"iss":"https://issuer.example","aud":"ereferrals","sub":"021600556514","iat":{{now}},"exp":{{now + 600}},{{claims}}}""";

        var verdict = await _issuer.Validator().ValidateAsync(_issuer.Signed("""{"alg":"RS256","kid":"rsa-1","typ":"JWT"}""", payload), default);

        Assert.Equal(isAccepted, verdict is TokenVerdict.Valid);
    }

    [Fact]
    public async Task A_token_that_was_issued_long_ago_is_rejected_although_it_ends_soon() => await RefusedAsync(_issuer.Token(
        notBefore: TimeSpan.FromMinutes(-55), expires: TimeSpan.FromMinutes(6)));

    [Theory]
    [InlineData(30, 600, true)]
    [InlineData(31, 600, false)]
    [InlineData(2_300_000_000, 2_300_000_600, false)]
    public async Task A_token_that_was_issued_in_the_future_is_rejected(long issued, long expires, bool isAccepted)
    {
        var now = _issuer.Clock.GetUtcNow().ToUnixTimeSeconds();
        var payload = $$"""{"iss":"https://issuer.example","aud":"ereferrals","sub":"021600556514","iat":{{now + issued}},"exp":{{now + expires}}}""";

        var verdict = await _issuer.Validator().ValidateAsync(_issuer.Signed("""{"alg":"RS256","kid":"rsa-1","typ":"JWT"}""", payload), default);

        Assert.Equal(isAccepted, verdict is TokenVerdict.Valid);
    }

    private static async Task<Caller> ValidAsync(TokenValidator validator, string token) =>
        Assert.IsType<TokenVerdict.Valid>(await validator.ValidateAsync(token, default)).Caller;

    private async Task RefusedAsync(string token) =>
        Assert.IsType<TokenVerdict.Invalid>(await _issuer.Validator().ValidateAsync(token, default));
}
