using EReferrals.Resilience;
using Microsoft.Extensions.Time.Testing;

namespace EReferrals.Tests.Resilience;

public class CircuitBreakerTests
{
    private readonly FakeTimeProvider _clock = new(Some.Now);

    [Fact]
    public void After_three_failures_in_a_row_nobody_waits_until_it_has_rested()
    {
        var breaker = Failed(times: 3);

        Assert.False(breaker.MayTry());
        _clock.Advance(CircuitBreaker.Rest);
        Assert.True(breaker.MayTry());
    }

    [Fact]
    public void While_one_tries_the_others_go_without()
    {
        var breaker = Failed(times: 3);
        _clock.Advance(CircuitBreaker.Rest);

        Assert.Equal([true, false, false], new[] { breaker.MayTry(), breaker.MayTry(), breaker.MayTry() });
    }

    [Fact]
    public void One_success_makes_it_whole_again()
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
