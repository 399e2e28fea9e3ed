using EReferrals.Intake;
using EReferrals.Resilience;
using EReferrals.Referrals;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Storage;

[Collection(Journey.Name)]
public class ReferralTableTests(SharedApp shared)
{
    [Fact]
    public async Task A_referral_with_the_number_of_another_is_dead_lettered_and_not_taken_for_it()
    {
        var table = shared.App.Services.GetRequiredService<ReferralTable>();
        var submission = Sample.Submission() with { Ubrn = await shared.App.Services.GetRequiredService<UbrnAllocator>().TakeAsync(default) };
        var saved = await table.InsertAsync(ReferralRules.Submit(submission, Sample.TriageService, [], [], Sample.Now), submission.Idempotency, default);
        var another = submission with { ClinicalReason = "Another reason", Referrer = submission.Referrer with { Organisation = "A81001" } };

        var repeated = await table.InsertAsync(ReferralRules.Submit(submission, Sample.TriageService, [], [], Sample.Now), submission.Idempotency, default);
        var refusal = await Assert.ThrowsAsync<UnprocessableMessageException>(
            () => table.InsertAsync(ReferralRules.Submit(another, Sample.TriageService, [], [], Sample.Now), another.Idempotency, default));

        Assert.Equal((saved.Ubrn, saved.Version, "NumberTaken"), (repeated.Ubrn, repeated.Version, refusal.Reason));
    }

    [Fact]
    public async Task A_submission_repeated_hours_later_finds_its_referral()
    {
        var table = shared.App.Services.GetRequiredService<ReferralTable>();
        var submission = Sample.Submission() with { Ubrn = await shared.App.Services.GetRequiredService<UbrnAllocator>().TakeAsync(default) };
        var saved = await table.InsertAsync(ReferralRules.Submit(submission, Sample.TriageService, [], [], Sample.Now), submission.Idempotency, default);
        var later = submission with { Received = submission.Received.AddHours(2) };

        var repeated = await table.InsertAsync(ReferralRules.Submit(later, Sample.TriageService, [], [], Sample.Now.AddHours(2)), later.Idempotency, default);

        Assert.Equal((saved.Ubrn, saved.Received), (repeated.Ubrn, repeated.Received));
    }

    [Fact]
    public async Task A_keyed_submission_repeated_hours_later_finds_its_referral_after_a_patient_correction()
    {
        var table = shared.App.Services.GetRequiredService<ReferralTable>();
        var submission = await KeyedAsync();
        var first = ReferralRules.Submit(submission, Sample.TriageService, [], [], Sample.Now);
        await table.InsertAsync(first, submission.Idempotency, default);
        var corrected = new Decision.Changed(first.After with { Version = 2, Patient = Sample.OtherPatient }, first.Event with { Version = 2 });
        Assert.True(await table.CommitAsync((await table.FindAsync(submission.Ubrn, default))!, corrected, key: null, default));
        var later = submission with { Received = submission.Received.AddHours(2) };

        var repeated = await table.InsertAsync(ReferralRules.Submit(later, Sample.TriageService, [], [], Sample.Now.AddHours(2)), later.Idempotency, default);

        Assert.Equal((2, Sample.OtherPatient.NhsNumber, submission.Received), (repeated.Version, repeated.Patient.NhsNumber, repeated.Received));
    }

    [Fact]
    public async Task A_submission_with_another_key_is_not_taken_for_an_otherwise_identical_referral()
    {
        var table = shared.App.Services.GetRequiredService<ReferralTable>();
        var submission = await KeyedAsync();
        var decision = ReferralRules.Submit(submission, Sample.TriageService, [], [], Sample.Now);
        await table.InsertAsync(decision, submission.Idempotency, default);
        Idempotency?[] others = [new("another key", "body"), new("key", "another body"), null];

        foreach (var other in others)
        {
            var refusal = await Assert.ThrowsAsync<UnprocessableMessageException>(() => table.InsertAsync(decision, other, default));
            Assert.Equal("NumberTaken", refusal.Reason);
        }
    }

    private async Task<Submission> KeyedAsync() => Sample.Submission() with
    {
        Ubrn = await shared.App.Services.GetRequiredService<UbrnAllocator>().TakeAsync(default),
        Idempotency = new Idempotency("key", "body"),
    };
}
