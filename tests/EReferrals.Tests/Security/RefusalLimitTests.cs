using EReferrals.Audit;
using EReferrals.Http;
using EReferrals.Referrals.Values;
using EReferrals.Security.Refusals;
using EReferrals.Telemetry;
using EReferrals.Tests.Overload;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Tests.Security;

public sealed class RefusalLimitTests : IDisposable
{
    private const int Limit = 6;

    private readonly FakeTimeProvider _clock = new(Sample.Now);
    private readonly ServiceTelemetry _telemetry = new();
    private readonly List<AuditEntry> _written = [];
    private int _instances = 1;
    private bool _isAuditDown;

    [Fact]
    public async Task A_subject_that_is_refused_too_often_gets_429_with_Retry_After_and_others_do_not()
    {
        using var limits = Limits();

        var answers = new List<Problem?>();
        for (var call = 0; call < Limit + 2; call++) answers.Add(await RefuseAsync(limits, "a", call));

        Assert.All(answers.Take(Limit), Assert.Null);
        Assert.All(answers.Skip(Limit), answer => Assert.Equal((429, true), ((int)answer!.Status, answer.RetryAfter > TimeSpan.Zero)));
        Assert.Null(await RefuseAsync(limits, "b", 0));
    }

    [Fact]
    public async Task Refusals_above_the_limit_become_one_audit_entry_with_their_number()
    {
        using var limits = Limits();

        for (var call = 0; call < Limit + 212; call++) await RefuseAsync(limits, "a", call);
        var before = _written.Count;
        await limits.SumUpAsync(default);
        await limits.SumUpAsync(default);

        Assert.Equal(Limit, before);
        var sum = Assert.Single(_written.Skip(before));
        Assert.Equal((212, "a", "403 NO_ACCESS", null), (sum.Count, sum.User, sum.Outcome, sum.Ubrn));
    }

    [Fact]
    public async Task The_same_refusal_within_a_minute_is_written_once_and_then_counted()
    {
        using var limits = Limits();

        for (var call = 0; call < 4; call++) await RefuseAsync(limits, "a", referral: 1);
        await limits.SumUpAsync(default);

        Assert.Equal([null, 3], _written.Select(entry => entry.Count));
        Assert.All(_written, entry => Assert.Equal(Ubrn.FromSequence(1), entry.Ubrn));
    }

    [Fact]
    public async Task Each_referral_that_a_subject_tried_to_read_within_the_limit_has_an_entry()
    {
        using var limits = Limits();

        for (var referral = 1; referral <= Limit; referral++) await RefuseAsync(limits, "a", referral);

        Assert.Equal(Enumerable.Range(1, Limit).Select(number => (Ubrn?)Ubrn.FromSequence(number)), _written.Select(entry => entry.Ubrn));
    }

    [Fact]
    public async Task Numbers_that_cannot_be_written_are_written_later()
    {
        using var limits = Limits();
        for (var call = 0; call < Limit + 5; call++) await RefuseAsync(limits, "a", call);

        _isAuditDown = true;
        await limits.SumUpAsync(default);
        _isAuditDown = false;
        await limits.SumUpAsync(default);

        Assert.Equal(5, _written.Sum(entry => entry.Count ?? 0));
    }

    [Fact]
    public async Task Callers_from_many_addresses_cause_a_bounded_number_of_audit_entries()
    {
        using var limits = Limits();
        _instances = 1_000;

        for (var address = 0; address < 5_000; address++)
        {
            for (var call = 0; call < Limit; call++) await limits.RecordAsync($"address {address}", EntryOf(null, 1), isAudited: false, default);
        }

        await limits.SumUpAsync(default);

        Assert.InRange(_written.Count, 1, 1_001);
    }

    [Fact]
    public async Task Two_hundred_instances_together_do_not_multiply_the_limit()
    {
        _instances = 200;
        var all = Enumerable.Range(0, 200).Select(_ => Limits(limit: 600)).ToArray();
        var allowed = 0;

        // Ten minutes, at 100 refused calls a second and instance.
        for (var second = 0; second < 600; second += 10)
        {
            foreach (var limits in all)
            {
                for (var call = 0; call < 20; call++) allowed += await RefuseAsync(limits, "a", call) is null ? 1 : 0;
            }

            _clock.Advance(TimeSpan.FromSeconds(10));
        }

        // Ten minutes of 600, the burst, and the slack of each instance.
        Assert.InRange(allowed, 6_000, (10 * 600) + 600 + (200 * 5));
        foreach (var limits in all) limits.Dispose();
    }

    [Theory]
    [InlineData("203.0.113.7:50123", 0, "203.0.113.7")]
    [InlineData("203.0.113.7", 0, "203.0.113.7")]
    [InlineData("198.51.100.1, 203.0.113.7:50123", 0, "203.0.113.7")]
    [InlineData("invented, 203.0.113.7:50123", 0, "203.0.113.7")]
    [InlineData("198.51.100.1, 203.0.113.7:50123, 10.0.0.1:80", 1, "203.0.113.7")]
    [InlineData("[2001:db8:1:2:3:4:5:6]:50123", 0, "2001:db8:1:2::/64")]
    [InlineData("[::ffff:203.0.113.7]:50123", 0, "203.0.113.7")]
    [InlineData("203.0.113.7:50123", 1, "unknown")]
    [InlineData("nonsense", 0, "unknown")]
    [InlineData(null, 0, "unknown")]
    public void Only_the_hop_that_the_platform_appended_is_the_address_of_a_caller(string? forwarded, int proxies, string address) =>
        Assert.Equal(address, SourceAddress.Of(forwarded, proxies));

    public void Dispose() => _telemetry.Dispose();

    private static Task<Problem?> RefuseAsync(RefusalLimits limits, string subject, int referral) =>
        limits.RecordAsync($"subject {subject}", EntryOf(subject, referral), isAudited: true, default);

    private static AuditEntry EntryOf(string? subject, int referral) => new()
    {
        What = AuditedAction.Refused,
        User = subject,
        Ubrn = Ubrn.FromSequence(referral),
        Function = "GetReferralFunction",
        Outcome = "403 NO_ACCESS",
        CorrelationId = "correlation",
        RequestId = "request",
    };

    private RefusalLimits Limits(int limit = Limit) => new(
        RateLimitTests.SettingsOf(null) with { RefusalsPerMinute = limit },
        () => _instances,
        WriteAsync,
        _telemetry,
        _clock,
        NullLogger<RefusalLimits>.Instance);

    private Task WriteAsync(AuditEntry entry, CancellationToken cancellationToken)
    {
        if (_isAuditDown) throw new AuditUnavailableException();
        _written.Add(entry);
        return Task.CompletedTask;
    }
}
