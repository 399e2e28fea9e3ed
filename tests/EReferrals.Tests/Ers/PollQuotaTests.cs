using EReferrals.Tests.Operations;

namespace EReferrals.Tests.Ers;

[Collection(UsesStrictApp.Name)]
public sealed class PollQuotaTests(StrictApp strict)
{
    [Fact]
    public async Task An_application_may_poll_a_service_twice_a_day_and_a_user_as_often_as_needed()
    {
        var app = strict.App;
        const string first = "11000";
        const string second = "11002";

        for (var poll = 0; poll < 2; poll++) await app.ErsListAsync(ErsSteps.Application, "REFERRALS_FOR_REVIEW", ErsSteps.OfService(first));
        using var third = await app.FetchListAsync(ErsSteps.Application, ErsSteps.ListRequest("REFERRALS_FOR_REVIEW", ErsSteps.OfService(first)));

        await third.AssertCodesAsync(429, "TOO_MANY_REQUESTS");
        Assert.True(third.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        await app.ErsListAsync(ErsSteps.Application, "REFERRALS_FOR_REVIEW", ErsSteps.OfService(second));
        for (var read = 0; read < 4; read++) await app.ErsListAsync(Sample.ProviderClinician, "REFERRALS_FOR_REVIEW", ErsSteps.OfService(first));
    }
}
