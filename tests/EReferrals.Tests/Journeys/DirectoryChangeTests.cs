using EReferrals.Intake;
using EReferrals.Messaging;
using EReferrals.Referrals;
using EReferrals.Referrals.Organisations;
using EReferrals.Services;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Journeys;

/// <summary>Another instance changes the directory. This instance learns of the change only when it reads the directory again.</summary>
[Collection(Journey.Name)]
public class DirectoryChangeTests(SharedApp shared)
{
    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task A_referral_to_a_service_that_another_instance_has_just_opened_is_not_rejected()
    {
        var table = _app.Services.GetRequiredService<ServiceTable>();
        var service = Sample.TriageService with { Id = "78001", Open = false };
        await table.CreateAsync(DirectoryEntry.WithoutApproval(service), default);
        // This instance has just read that the service is closed.
        var cached = await _app.Services.GetRequiredService<ServiceDirectory>().FindAsync(service.Id, default);
        await table.ReplaceAsync(
            (await table.FindAsync(service.Id, default))!, DirectoryEntry.WithoutApproval(service with { Open = true }), default);

        var submission = Sample.Submission() with
        {
            Ubrn = await _app.Services.GetRequiredService<UbrnAllocator>().TakeAsync(default), Service = service.Id,
        };
        await _app.Services.GetRequiredService<ReferralBus>().SubmitAsync(submission, default);
        await _app.DrainAsync();

        var referral = (await _app.Services.GetRequiredService<ReferralTable>().FindAsync(submission.Ubrn, default))!.Referral;
        Assert.Equal((false, ReferralState.AwaitingTriage), (cached!.Open, referral.State));
    }
}
