using Azure.Messaging.ServiceBus;
using EReferrals.Local.ServiceBusEmulator.Broker;
using EReferrals.Messaging;
using EReferrals.Referrals.Lists;
using EReferrals.Referrals.Patients;
using EReferrals.Referrals.Values;
using EReferrals.Storage.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Journeys;

/// <summary>No accepted referral is lost, doubled or dead-lettered during any temporary outage.</summary>
public sealed class FaultTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private readonly RunningApp _app = shared.App;

    private QuarantineTable Quarantine => _app.Services.GetRequiredService<QuarantineTable>();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var letter in await LettersAsync()) await Quarantine.RemoveAsync(letter.Id, CancellationToken.None);
    }

    [Fact]
    public async Task Referrals_accepted_while_the_tables_are_down_appear_when_they_are_back()
    {
        await _app.Local.Azurite!.Records.StopAsync();
        var accepted = new List<string>();
        for (var i = 0; i < 5; i++) accepted.Add(await _app.SubmitAsync(Sample.ReferringClinician, key: Guid.NewGuid().ToString()));
        await _app.DrainAsync();
        await _app.Local.Broker.DeliverScheduledNowAsync();
        await _app.DrainAsync();

        await _app.Local.Azurite.Records.StartAsync();

        await AllAreListedOnceAsync(accepted);
        Assert.Empty(await LettersAsync());
    }

    [Fact]
    public async Task Referrals_accepted_while_worklist_announcements_fail_appear_when_they_succeed()
    {
        _app.Local.Broker.Faults.RefuseSends(Queues.WorklistChanges);
        var accepted = new List<string>();
        for (var i = 0; i < 3; i++) accepted.Add(await _app.SubmitAsync(Sample.ReferringClinician));
        await _app.DrainAsync();
        Assert.Empty((await ListedAsync()).Intersect(accepted));

        _app.Local.Broker.Faults.Clear();

        await AllAreListedOnceAsync(accepted);
        Assert.Empty(await LettersAsync());
    }

    [Fact]
    public async Task Nothing_is_lost_or_doubled_when_every_message_comes_twice_and_every_tenth_send_fails()
    {
        var faults = _app.Local.Broker.Faults;
        (faults.DeliverEverythingTwice, faults.SendFailureRate, faults.SendFailure) = (true, 0.1, SendFailure.BeforeOrAfterWrite);
        var accepted = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => SubmitUntilAcceptedAsync()));
        await _app.DrainAsync();
        faults.Clear();

        await AllAreListedOnceAsync(accepted);
        Assert.Empty(await LettersAsync());
    }

    [Fact]
    public async Task Referrals_are_accepted_while_a_store_hangs()
    {
        await _app.Local.Azurite!.Records.FreezeAsync();
        string ubrn;
        try
        {
            ubrn = await _app.SubmitAsync(Sample.ReferringClinician, key: Guid.NewGuid().ToString());
        }
        finally
        {
            await _app.Local.Azurite.Records.ThawAsync();
        }

        await AllAreListedOnceAsync([ubrn]);
    }

    [Fact]
    public async Task A_change_that_cannot_be_stored_does_not_block_other_changes_of_the_list()
    {
        var bus = _app.Services.GetRequiredService<ReferralBus>();
        var good = Sample.ReferralAwaitingTriage() with { Ubrn = Ubrn.FromSequence(90_000_000_001) };
        var bad = good with { Ubrn = Ubrn.FromSequence(90_000_000_002), Service = good.Service with { Name = new string('x', 40_000) } };
        var late = good with { Ubrn = Ubrn.FromSequence(90_000_000_003) };

        // One batch of three with the bad message in the middle.
        await _app.Local.PauseTriggersAsync();
        foreach (var referral in new[] { good, bad, late })
        {
            var change = WorklistRules.Changes(before: null, referral, PossibleDuplicates.None).Single(one => one.Worklist.List == Worklist.ReferralsForReview);
            await bus.AnnounceAsync([change], "some", CancellationToken.None);
        }

        _app.Local.ResumeTriggers();
        await _app.DrainAsync();

        var listed = await ListedAsync();
        Assert.Contains(good.Ubrn.ToString(), listed);
        Assert.Contains(late.Ubrn.ToString(), listed);
        var letter = Assert.Single(await LettersAsync());
        Assert.Equal((bad.Ubrn.ToString(), "MaxDeliveryCountExceeded"), (letter.Ubrn, letter.Reason));
    }

    [Theory]
    [InlineData(Queues.ReferralSubmitted)]
    [InlineData(Queues.ReferralFollowUp)]
    [InlineData(Queues.WorklistChanges)]
    [InlineData(Queues.AttachmentScanned)]
    [InlineData(Queues.AuditPending)]
    public async Task An_unreadable_message_is_dead_lettered_with_a_machine_readable_reason(string queue)
    {
        await using (var client = new ServiceBusClient(_app.Local.ServiceBusConnection))
        await using (var sender = client.CreateSender(queue))
        {
            var message = new ServiceBusMessage("943 476 5919 is no message") { MessageId = Guid.NewGuid().ToString() };
            await sender.SendMessageAsync(message);
        }

        await _app.DrainAsync();

        var letter = Assert.Single(await LettersAsync());
        Assert.Equal((queue, null), (letter.Queue, letter.Description));
        Assert.StartsWith("Unreadable", letter.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_referral_whose_message_was_received_and_never_settled_is_listed_once_after_its_lock_has_ended()
    {
        await _app.Local.PauseTriggersAsync();
        var ubrn = await SubmitUntilAcceptedAsync();
        await using var client = new ServiceBusClient(_app.Local.ServiceBusConnection);
        await using var receiver = client.CreateReceiver(Queues.ReferralSubmitted);
        Assert.NotNull(await receiver.ReceiveMessageAsync());

        _app.Local.ResumeTriggers();
        await _app.DrainAsync();

        Assert.Single(await ListedAsync(), listed => listed == ubrn);
    }

    private async Task<string> SubmitUntilAcceptedAsync()
    {
        var key = Guid.NewGuid().ToString();
        while (true)
        {
            using var response = await _app.PostAsync(
                Sample.ReferringClinician, "/v1/referrals", JourneySteps.Submission(key: key), ("Idempotency-Key", key));
            if ((int)response.StatusCode == 202) return (await response.JsonAsync())["ubrn"]!.GetValue<string>();
            Assert.Equal(503, (int)response.StatusCode);
        }
    }

    private async Task AllAreListedOnceAsync(IReadOnlyCollection<string> accepted)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        IReadOnlyList<string> listed = [], meant = [.. accepted];
        while (meant.Except(listed).Any())
        {
            limit.Token.ThrowIfCancellationRequested();
            await _app.Local.Broker.DeliverScheduledNowAsync();
            await _app.DrainAsync();
            listed = await ListedAsync();
            meant = await Task.WhenAll(accepted.Select(StandsForAsync));
        }

        Assert.Equal(meant.Distinct().Order(), listed.Where(ubrn => accepted.Contains(ubrn) || meant.Contains(ubrn)).Order());
    }

    // A sender that retries while the idempotency table is slow may have received a second number for the same referral.
    private async Task<string> StandsForAsync(string ubrn)
    {
        using var notFollowing = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = _app.Http.BaseAddress };
        using var request = await _app.RequestAsync(Sample.ReferringClinician, HttpMethod.Get, $"/v1/referrals/{ubrn}");
        using var response = await notFollowing.SendAsync(request);
        return response.Headers.Location is { } first ? first.ToString().Split('/')[^1] : ubrn;
    }

    private Task<IReadOnlyList<string>> ListedAsync() => _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview);

    private Task<IReadOnlyList<DeadLetter>> LettersAsync() => Quarantine.ListAsync(Queues.All, after: null, limit: 100, CancellationToken.None);
}
