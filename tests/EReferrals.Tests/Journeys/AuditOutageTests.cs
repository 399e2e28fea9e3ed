namespace EReferrals.Tests.Journeys;

[Collection(UsesStoppableApp.Name)]
public class AuditOutageTests(StoppableApp stoppable)
{
    private const string Pending = "audit-pending";
    private const string Path = "/v1/worklists/REFERRALS_FOR_REVIEW";

    private readonly RunningApp _app = stoppable.App;
    private readonly string _correlation = Guid.NewGuid().ToString();

    [Fact]
    public async Task Audit_entries_go_to_the_records_account_while_the_contingency_account_is_down()
    {
        await using (await stoppable.WithoutContingencyAsync())
        {
            using var read = await ReadAsync();
            Assert.Equal(200, (int)read.StatusCode);
            Assert.Single(await _app.Local.Azurite!.Records.TrailAsync(_correlation));
        }
    }

    [Fact]
    public async Task Audit_entries_wait_on_the_queue_while_both_accounts_are_down_and_are_stored_afterwards()
    {
        using var live = await _app.GetAsync(Sample.ProviderClinician, Path);
        live.EnsureSuccessStatusCode();
        await using (await stoppable.WithoutContingencyAsync())
        await using (await stoppable.WithoutRecordsAsync())
        {
            using var read = await ReadAsync();
            Assert.Equal(200, (int)read.StatusCode);
            Assert.NotEqual(0, _app.Local.Broker.QueueStatistics(Pending).Total);
            await _app.Local.Broker.DeliverScheduledNowAsync();
        }

        await stoppable.SettleAsync();
        // On a busy machine an entry is sent to the queue again, and stored twice with one id.
        Assert.Single((await _app.Local.Azurite!.Contingency.TrailAsync(_correlation)).DistinctBy(entry => (string?)entry["id"]));
        Assert.Empty(await _app.Local.Azurite!.Records.TrailAsync(_correlation));
    }

    [Fact]
    public async Task Patient_data_is_withheld_while_no_audit_entry_can_be_stored_and_returned_when_one_can()
    {
        await _app.SubmitAsync(Sample.ReferringClinician);
        await stoppable.SettleAsync();
        using var live = await _app.GetAsync(Sample.ProviderClinician, Path);
        live.EnsureSuccessStatusCode();
        await using (await stoppable.WithoutContingencyAsync())
        await using (await stoppable.WithoutRecordsAsync())
        {
            _app.Local.Broker.Faults.RefuseSends(Pending);
            using var read = await ReadAsync();
            using var refused = await _app.GetAsync(Sample.ReferringClinician, Path);
            _app.Local.Broker.Faults.Clear();

            await read.ProblemAsync(503);
            Assert.True(read.Headers.RetryAfter?.Delta > TimeSpan.Zero);
            await refused.ProblemAsync(503);

            using var again = await ReadAsync();
            Assert.Equal(200, (int)again.StatusCode);
        }

        await stoppable.SettleAsync();
        Assert.Single(await _app.Local.Azurite!.Contingency.TrailAsync(_correlation));
    }

    private Task<HttpResponseMessage> ReadAsync() => _app.GetAsync(Sample.ProviderClinician, Path, ("X-Correlation-ID", _correlation));
}
