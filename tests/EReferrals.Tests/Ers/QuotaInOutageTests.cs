using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Organisations;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Slots;
using EReferrals.Tests.Transfers;
using EReferrals.Worklists.Snapshots;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Ers;

/// <summary>The quota of an application's polls while the tables fail.</summary>
public sealed class QuotaInOutageTests(QuotaApp quota) : IClassFixture<QuotaApp>
{
    private readonly RunningApp _app = quota.App;

    [Fact]
    public async Task A_poll_that_is_answered_with_503_does_not_count()
    {
        var (application, service) = await ApplicationAsync();
        Assert.Equal(200, await PollAsync(application, service));
        quota.WhenAllInstancesKnow();
        // The quota and the service can be read, and the list cannot. There is no copy of it yet.
        quota.Tables.IsResponseLost = request => request.Path.Contains("REFERRALS_FOR_REVIEW", StringComparison.Ordinal);
        var status = await PollAsync(application, service);
        quota.Tables.IsResponseLost = null;
        Assert.Equal(503, status);

        await Eventually.TrueAsync(async () => await PollAsync(application, service) == 200);

        Assert.Equal(429, await PollAsync(application, service));
    }

    [Fact]
    public async Task While_the_tables_fail_an_application_reads_the_copy_of_its_list_although_nobody_can_count()
    {
        var (application, service) = await ApplicationAsync();
        var ubrn = await _app.SentAsync(service);
        await _app.SettleAsync();
        var list = new WorklistName(application.Organisation, Worklist.ReferralsForReview);
        await _app.Services.GetRequiredService<SnapshotBuilder>().BuildAsync(list, CancellationToken.None);
        var seen = new List<string>();

        quota.Tables.Refused = "/";
        try
        {
            for (var poll = 0; poll < 3; poll++) seen.AddRange(await _app.ErsListAsync(application, "REFERRALS_FOR_REVIEW", ErsSteps.OfService(service)));
        }
        finally
        {
            quota.Tables.Refused = null;
        }

        Assert.Equal(Enumerable.Repeat(ubrn, 3), seen);
    }

    private async Task<(Actor Application, string Service)> ApplicationAsync()
    {
        var hospital = quota.NewOrganisation();
        return (ErsSteps.Application with { Organisation = hospital }, await _app.ServiceAsync(hospital));
    }

    private async Task<int> PollAsync(Actor application, string service)
    {
        using var response = await _app.FetchListAsync(application, ErsSteps.ListRequest("REFERRALS_FOR_REVIEW", ErsSteps.OfService(service)));
        return (int)response.StatusCode;
    }
}

/// <summary>An app with the quota of two polls a day, behind a proxy of its tables.</summary>
public sealed class QuotaApp : TransferApp
{
    protected override IEnumerable<string> Settings => ["--Local:Timers=false", "--Ers:PollsPerServiceAndDay=2"];
}
