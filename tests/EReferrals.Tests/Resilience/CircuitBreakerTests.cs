using EReferrals.Resilience;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Tests.Resilience;

public class CircuitBreakerTests
{
    private readonly FakeTimeProvider _clock = new(Sample.Now);

    [Fact]
    public void The_circuit_breaker_opens_after_three_failures_in_a_row_and_rejects_calls_until_its_pause_is_over()
    {
        var breaker = Failed(times: 3);

        Assert.False(breaker.MayTry());
        _clock.Advance(CircuitBreaker.Rest);
        Assert.True(breaker.MayTry());
    }

    [Fact]
    public void Only_one_caller_tries_after_the_pause_while_the_others_are_rejected()
    {
        var breaker = Failed(times: 3);
        _clock.Advance(CircuitBreaker.Rest);

        Assert.Equal([true, false, false], new[] { breaker.MayTry(), breaker.MayTry(), breaker.MayTry() });
    }

    [Fact]
    public void One_success_closes_the_circuit_breaker()
    {
        var breaker = Failed(times: 2);
        breaker.Succeeded();
        breaker.Failed();
        breaker.Failed();

        Assert.True(breaker.MayTry());
    }

    private CircuitBreaker Failed(int times)
    {
        var breaker = new CircuitBreaker(_clock);
        for (var failure = 0; failure < times; failure++) breaker.Failed();
        return breaker;
    }
}
