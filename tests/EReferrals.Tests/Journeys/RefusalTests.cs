using System.Text.Json.Nodes;
using EReferrals.Messaging;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Blobs;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EReferrals.Tests.Journeys;

/// <summary>A storage account that responds with 403, because its roles are not yet assigned or were removed, is treated as an outage.</summary>
public sealed class RefusalTests(RefusingStorageApp refused) : IClassFixture<RefusingStorageApp>
{
    private const string ForReview = "/v1/worklists/REFERRALS_FOR_REVIEW";

    private readonly RunningApp _app = refused.App;

    [Fact]
    public async Task Submissions_are_accepted_and_lists_come_from_copies_while_the_records_account_returns_403()
    {
        var listed = await ListedAndCopiedAsync();
        string meanwhile;
        using (refused.ByRecords())
        {
            refused.ExpireCaches();
            meanwhile = await _app.SubmitAsync(Sample.ReferringClinician, key: Guid.NewGuid().ToString());
            using var list = await _app.GetAsync(Sample.ProviderClinician, ForReview);
            using var decided = await _app.CommandAsync(Sample.ProviderClinician, listed, "accept", [], version: 1);

            var page = await list.JsonAsync();
            Assert.Equal((200, "snapshot"), ((int)list.StatusCode, (string)page["source"]!));
            Assert.True(list.Headers.Contains("Warning") && list.Headers.Age is not null);
            Assert.Contains(listed, Ubrns(page));
            await decided.ProblemAsync(503);
        }

        await _app.SettleAsync();
        Assert.Single(await ForReviewAsync(), meanwhile);
    }

    [Fact]
    public async Task A_repeat_that_cannot_be_recognised_is_told_to_retry_and_is_not_rejected_for_good()
    {
        var key = Guid.NewGuid().ToString();
        var letter = await _app.UploadedAsync(Sample.ReferringClinician);
        var first = await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(letter), key);
        await _app.DrainAsync();

        // The letter is already attached to the first submission. Only the key shows that this is a repeat.
        using (refused.ByTable(TableKeys.Idempotency))
        {
            using var again = await _app.PostAsync(Sample.ReferringClinician, "/v1/referrals", AttachmentSteps.Naming(letter), ("Idempotency-Key", key));
            await again.ProblemAsync(503);
            Assert.True(again.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        }

        Assert.Equal(first, await _app.SubmitAsync(Sample.ReferringClinician, AttachmentSteps.Naming(letter), key));
    }

    [Fact]
    public async Task The_app_keeps_running_while_the_contingency_account_returns_403()
    {
        string ubrn;
        using (refused.ByContingency())
        {
            ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
            // The service mode cannot be read, and the ledger entry of this referral cannot be written.
            await LoggedAsync("Error 2001 ");
            await LoggedAsync("Error 1004 ");
            await _app.DrainAsync();
            refused.ExpireCaches();

            Assert.Single(await ForReviewAsync(), ubrn);
        }

        await Eventually.TrueAsync(async () => (await LedgerAsync()).Contains(Ubrn.Parse(ubrn)));
        Assert.False(_app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        Assert.All(
            _app.Services.GetServices<IHostedService>().OfType<BackgroundService>(),
            running => Assert.False(running.ExecuteTask!.IsFaulted));
        await _app.SettleAsync();
    }

    [Fact]
    public async Task A_list_read_before_is_served_from_memory_while_both_accounts_return_403()
    {
        var listed = await ListedAndCopiedAsync();
        using (refused.ByRecords())
        {
            refused.ExpireCaches();
            using (await _app.GetAsync(Sample.ProviderClinician, ForReview)) refused.ExpireCaches();
            using (refused.ByContingency())
            {
                using var list = await _app.GetAsync(Sample.ProviderClinician, ForReview);

                var page = await list.JsonAsync();
                Assert.Equal((200, "memory"), ((int)list.StatusCode, (string)page["source"]!));
                Assert.Contains(listed, Ubrns(page));
            }
        }

        await _app.SettleAsync();
    }

    [Fact]
    public async Task A_referral_accepted_while_the_records_account_returns_403_is_listed_afterwards_without_a_dead_letter()
    {
        string ubrn;
        using (refused.ByRecords())
        {
            ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
            // More often than the platform's ten delivery attempts.
            for (var attempt = 0; attempt < 12; attempt++)
            {
                await _app.DrainAsync();
                await _app.Local.Broker.DeliverScheduledNowAsync();
            }
        }

        await _app.SettleAsync();

        Assert.Single(await ForReviewAsync(), ubrn);
        Assert.Empty(await _app.Services.GetRequiredService<QuarantineTable>().ListAsync(Queues.All, after: null, limit: 100, CancellationToken.None));
        Assert.Contains(refused.Log, line =>
            line.StartsWith($"Warning 2801 1 message(s) on {Queues.ReferralSubmitted} failed at attempt", StringComparison.Ordinal)
                && line.Contains("Status: 403", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_app_reports_not_ready_while_an_account_returns_403()
    {
        using (refused.ByRecords())
        {
            refused.ExpireCaches();
            using var ready = await _app.Http.GetAsync(new Uri("/health/ready", UriKind.Relative));

            var tables = (await ready.JsonAsync())["components"]!.AsArray().Single(component => (string)component!["name"]! == "tables")!;
            Assert.Equal((503, "fail"), ((int)ready.StatusCode, (string)tables["state"]!));
        }
    }

    private async Task<string> ListedAndCopiedAsync()
    {
        refused.ExpireCaches();
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await refused.FifteenSecondsLaterAsync();
        return ubrn;
    }

    private async Task<IReadOnlyList<string>> ForReviewAsync()
    {
        refused.ExpireCaches();
        return await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview);
    }

    private async Task<IEnumerable<Ubrn>> LedgerAsync()
    {
        var blobs = _app.Services.GetRequiredService<LedgerBlobs>();
        // Include the current time slot.
        var parts = await blobs.OlderThanAsync(-TimeSpan.FromHours(1), CancellationToken.None);
        return (await Task.WhenAll(parts.Select(part => blobs.ReadAsync(part, CancellationToken.None)))).SelectMany(ubrns => ubrns);
    }

    private Task LoggedAsync(string beginning) =>
        Eventually.TrueAsync(() => Task.FromResult(refused.Log.Any(line => line.StartsWith(beginning, StringComparison.Ordinal))));

    private static IEnumerable<string> Ubrns(JsonObject page) => page["entries"]!.AsArray().Select(entry => (string)entry!["ubrn"]!);
}
