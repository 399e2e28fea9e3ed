using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using EReferrals.Intake;
using EReferrals.Messaging;
using EReferrals.Reconciliation;
using EReferrals.Referrals.Lists;
using EReferrals.Status.Canary;
using EReferrals.Storage.Tables;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Reconciliation;

public sealed class ReconcilerTests : IAsyncLifetime
{
    private readonly ShiftedClock _clock = new();
    private RunningApp _app = null!;

    private ReferralLedger Ledger => _app.Services.GetRequiredService<ReferralLedger>();

    public async Task InitializeAsync() => _app = await RunningApp.StartAsync(
        builder => builder.Services.AddSingleton<TimeProvider>(_clock), state: null, "--Canary:Enabled=true", "--Local:Timers=false");

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_consistent_referral_is_checked_once()
    {
        await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();

        var first = await ReconcileLaterAsync();
        var second = await ReconcileLaterAsync();

        Assert.Equal((2, 0), (first.Checked, first.Differences));
        Assert.Equal((0, 0), (second.Checked, second.Differences));
    }

    [Fact]
    public async Task A_recent_change_is_not_checked_until_it_has_settled()
    {
        await _app.SubmitAsync(Sample.ReferringClinician);
        await Ledger.FlushAsync(CancellationToken.None);

        var result = await ReconcileAsync();

        Assert.Equal(0, result.Checked);
    }

    [Fact]
    public async Task A_referral_missing_from_a_worklist_is_put_back()
    {
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        await LoseAsync("R69:REFERRALS_FOR_REVIEW", ubrn);
        Assert.DoesNotContain(ubrn, await ListedAsync());

        var found = await ReconcileLaterAsync();
        await _app.DrainAsync();
        var listed = await ListedAsync();
        var afterwards = await ReconcileLaterAsync();

        Assert.Equal((1, 0), (found.Repaired, found.Missing));
        Assert.Contains(ubrn, listed);
        Assert.Equal((1, 0), (afterwards.Checked, afterwards.Differences));
    }

    [Fact]
    public async Task A_referral_put_back_on_a_list_names_its_possible_duplicates()
    {
        var submission = JourneySteps.Submission();
        var (first, second) = (await _app.SubmitAsync(Sample.ReferringClinician, submission), await _app.SubmitAsync(Sample.ReferringClinician, submission));
        await _app.SettleAsync();
        await LoseAsync("R69:REFERRALS_FOR_REVIEW", first);

        var found = await ReconcileLaterAsync();
        await _app.DrainAsync();

        Assert.Equal(1, found.Repaired);
        Assert.Equal(second, await _app.ListedNamesAsync(Sample.ProviderClinician, Worklist.ReferralsForReview, first));
    }

    [Fact]
    public async Task A_submission_without_a_referral_is_reported_until_it_has_one()
    {
        await _app.Local.PauseTriggersAsync();
        await _app.SubmitAsync(Sample.ReferringClinician);
        await using (var bus = new ServiceBusClient(_app.Local.ServiceBusConnection))
        await using (var receiver = bus.CreateReceiver(Queues.ReferralSubmitted))
        {
            await receiver.DeadLetterMessageAsync(await receiver.ReceiveMessageAsync(), deadLetterReason: "Test");
        }

        _app.Local.ResumeTriggers();
        await _app.DrainAsync();

        var found = await ReconcileLaterAsync();
        var again = await ReconcileLaterAsync();
        var letter = Assert.Single(
            await _app.Services.GetRequiredService<QuarantineTable>().ListAsync(Queues.All, after: null, limit: 10, CancellationToken.None));
        using var replayed = await _app.PostAsync(Sample.Operator, $"/v1/operations/dead-letters/{letter.Id}/replay", new object());
        replayed.EnsureSuccessStatusCode();
        await _app.DrainAsync();
        var afterwards = await ReconcileLaterAsync();

        Assert.Equal((1, 1, 1), (found.Missing, again.Missing, again.Checked));
        Assert.NotNull(again.OldestMissing);
        Assert.Equal((1, 0), (afterwards.Checked, afterwards.Differences));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public async Task A_referral_that_was_processed_late_is_checked_after_it_has_settled(int daysLate)
    {
        await _app.Local.PauseTriggersAsync();
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        var waiting = await ReconcileLaterAsync();
        _clock.Advance(TimeSpan.FromDays(daysLate));
        _app.Local.ResumeTriggers();
        await _app.DrainAsync();
        await LoseAsync("R69:REFERRALS_FOR_REVIEW", ubrn);

        var justProcessed = await ReconcileAsync();
        _clock.Advance(TimeSpan.FromMinutes(6));
        var settled = await ReconcileAsync();
        await _app.DrainAsync();
        _app.ForgetTokens();
        var listed = await ListedAsync();

        Assert.Equal(1, waiting.Missing);
        Assert.Equal((0, 0), (justProcessed.Checked, justProcessed.Differences));
        Assert.Equal((1, 1), (settled.Checked, settled.Repaired));
        Assert.Contains(ubrn, listed);
    }

    [Fact]
    public async Task Every_instance_knows_the_last_result()
    {
        await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        var result = await ReconcileLaterAsync();
        await _app.Services.GetRequiredService<LastReconciliation>().PublishAsync(result, CancellationToken.None);

        await using var other = await RunningApp.StartAsync(
            configure: null, state: null, "--Local:Timers=false",
            $"--Records:ConnectionString={_app.Local.Azurite!.Records.ConnectionString}",
            $"--Contingency:ConnectionString={_app.Local.Azurite.Contingency.ConnectionString}");

        // Stored instants have millisecond precision.
        var published = result with { At = DateTimeOffset.FromUnixTimeMilliseconds(result.At.ToUnixTimeMilliseconds()) };
        Assert.Equal(published, await other.Services.GetRequiredService<LastReconciliation>().LastAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Acceptance_does_not_wait_for_the_ledger_and_the_ledger_is_written_when_its_store_is_back()
    {
        await _app.Local.Azurite!.Contingency.StopAsync();
        await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.Local.Azurite.Contingency.StartAsync();
        await _app.DrainAsync();

        Assert.Equal(1, (await ReconcileLaterAsync()).Checked);
    }

    [Fact]
    public async Task A_run_that_meets_an_outage_leaves_its_work_to_the_next_run()
    {
        await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();
        await _app.Local.Azurite!.Records.StopAsync();
        await Assert.ThrowsAnyAsync<Exception>(ReconcileLaterAsync);
        await _app.Local.Azurite.Records.StartAsync();

        var result = await ReconcileLaterAsync();

        Assert.Equal((1, 0), (result.Checked, result.Differences));
    }

    [Fact]
    public async Task A_canary_deleted_after_its_arrival_is_not_reported_as_missing()
    {
        await _app.Local.RunTimerAsync(nameof(SendCanaryAndWritePageFunction));
        await _app.SubmitAsync(Sample.ReferringClinician);
        await _app.DrainAsync();

        var result = await ReconcileLaterAsync();

        Assert.Equal((1, 0), (result.Checked, result.Differences));
    }

    private async Task<ReconciliationResult> ReconcileLaterAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await Ledger.FlushAsync(limit.Token)) await Task.Delay(50, limit.Token);
        _clock.Advance(TimeSpan.FromMinutes(12));
        return await ReconcileAsync();
    }

    private Task<ReconciliationResult> ReconcileAsync() => _app.Services.GetRequiredService<Reconciler>().ReconcileAsync(CancellationToken.None);

    private Task<IReadOnlyList<string>> ListedAsync() => _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview);

    // Simulates a change that never reached the list.
    private async Task LoseAsync(string worklist, string ubrn)
    {
        var table = new TableClient(_app.Local.Azurite!.Records.ConnectionString, TableKeys.Worklists);
        await foreach (var row in table.QueryAsync<TableEntity>($"PartitionKey eq '{worklist}'"))
        {
            if (row.RowKey.EndsWith(ubrn, StringComparison.Ordinal)) await table.DeleteEntityAsync(row.PartitionKey, row.RowKey);
        }

        // Raises the version as any change does, because readers cache pages until the version changes.
        var head = (await table.GetEntityAsync<TableEntity>(worklist, $"head:{worklist}")).Value;
        head["Version"] = head.GetInt64("Version") + 1;
        await table.UpdateEntityAsync(head, head.ETag, TableUpdateMode.Replace);
        _clock.Advance(TimeSpan.FromSeconds(2));
    }

    /// <summary>The real clock with an offset.</summary>
}
