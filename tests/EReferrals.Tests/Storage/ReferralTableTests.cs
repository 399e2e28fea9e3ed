using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Storage;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Storage;

[Collection(Journey.Name)]
public class ReferralTableTests(SharedApp shared)
{
    [Fact]
    public async Task A_referral_whose_number_is_anothers_is_set_aside_and_does_not_pass_for_it()
    {
        var table = shared.App.Services.GetRequiredService<ReferralTable>();
        var submission = Some.Submission() with { Ubrn = await shared.App.Services.GetRequiredService<UbrnAllocator>().TakeAsync(default) };
        var saved = await table.InsertAsync(ReferralRules.Submit(submission, Some.TriageService, [], [], Some.Now), default);
        var another = submission with { ClinicalReason = "Another reason", Referrer = submission.Referrer with { Organisation = "A81001" } };

        var repeated = await table.InsertAsync(ReferralRules.Submit(submission, Some.TriageService, [], [], Some.Now), default);
        var refusal = await Assert.ThrowsAsync<HopelessMessageException>(
            () => table.InsertAsync(ReferralRules.Submit(another, Some.TriageService, [], [], Some.Now), default));

        Assert.Equal((saved.Ubrn, saved.Version, "NumberTaken"), (repeated.Ubrn, repeated.Version, refusal.Reason));
    }

    [Fact]
    public async Task A_submission_that_is_repeated_hours_later_finds_its_referral()
    {
        var table = shared.App.Services.GetRequiredService<ReferralTable>();
        var submission = Some.Submission() with { Ubrn = await shared.App.Services.GetRequiredService<UbrnAllocator>().TakeAsync(default) };
        var saved = await table.InsertAsync(ReferralRules.Submit(submission, Some.TriageService, [], [], Some.Now), default);
        var later = submission with { Received = submission.Received.AddHours(2) };

        var repeated = await table.InsertAsync(ReferralRules.Submit(later, Some.TriageService, [], [], Some.Now.AddHours(2)), default);

        Assert.Equal((saved.Ubrn, saved.Received), (repeated.Ubrn, repeated.Received));
    }
}
