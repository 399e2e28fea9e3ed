using EReferrals.DeadLetters;
using System.Text.Json.Nodes;
using Azure.Messaging.ServiceBus;
using Azure.Storage.Blobs;
using EReferrals.Messaging;
using EReferrals.Referrals.Lists;
using EReferrals.Storage;
using EReferrals.Storage.Tables;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.DeadLetters;

public sealed class DeadLetterTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Path = "/v1/operations/dead-letters";

    private readonly RunningApp _app = shared.App;

    [Fact]
    public async Task An_unreadable_dead_letter_is_shown_with_its_reason_and_without_its_body()
    {
        var letter = await PoisonAsync(Queues.ReferralSubmitted, "{ \"patient\": { \"familyName\": \"Jones\" } }");

        using var one = await _app.GetAsync(Sample.Operator, $"{Path}/{letter}");
        using var all = await _app.GetAsync(Sample.Operator, Path);

        var shown = await one.JsonAsync();
        Assert.Equal(
            (letter, Queues.ReferralSubmitted, "Unreadable"),
            (shown["id"]!.GetValue<string>(), shown["queue"]!.GetValue<string>(), shown["reason"]!.GetValue<string>()));
        Assert.DoesNotContain("Jones", await one.Content.ReadAsStringAsync() + await all.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replayed_dead_letter_becomes_its_referral()
    {
        var (ubrn, letter) = await DeadSubmissionAsync();

        using var replayed = await _app.PostAsync(Sample.Operator, $"{Path}/{letter}/replay", new JsonObject());
        await _app.DrainAsync();

        Assert.Equal(200, (int)replayed.StatusCode);
        Assert.NotEqual(ubrn, (await replayed.JsonAsync())["messageId"]!.GetValue<string>());
        Assert.Single(await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview), listed => listed == ubrn);
        using var gone = await _app.GetAsync(Sample.Operator, $"{Path}/{letter}");
        Assert.Equal(404, (int)gone.StatusCode);
    }

    [Fact]
    public async Task A_stop_between_sending_and_removing_a_dead_letter_doubles_nothing()
    {
        var (ubrn, id) = await DeadSubmissionAsync();
        var quarantine = _app.Services.GetRequiredService<QuarantineTable>();
        var letter = (await quarantine.FindAsync(id, CancellationToken.None))!;
        var body = (await quarantine.BodyAsync(letter.Id, CancellationToken.None))!;

        using var first = await _app.PostAsync(Sample.Operator, $"{Path}/{id}/replay", new JsonObject());
        await _app.DrainAsync();
        // Simulates a process that stopped before it removed the dead letter.
        await quarantine.SaveAsync(letter, body, CancellationToken.None);
        using var second = await _app.PostAsync(Sample.Operator, $"{Path}/{id}/replay", new JsonObject());
        await _app.DrainAsync();

        Assert.Equal((200, 200), ((int)first.StatusCode, (int)second.StatusCode));
        Assert.Single(await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview), listed => listed == ubrn);
    }

    [Fact]
    public async Task A_dead_letter_stored_under_its_queue_and_a_new_one_with_the_same_number_are_kept_apart_and_can_be_replayed()
    {
        var (ubrn, id) = await DeadSubmissionAsync();
        var quarantine = _app.Services.GetRequiredService<QuarantineTable>();
        var letter = (await quarantine.FindAsync(id, CancellationToken.None))!;
        var body = (await quarantine.BodyAsync(letter.Id, CancellationToken.None))!;
        var earlier = letter with { Id = letter.Id with { Queue = Queues.ReferralSubmitted } };
        await quarantine.SaveAsync(earlier, body, CancellationToken.None);

        var listed = await ListedLettersAsync();
        using var discarded = await _app.PostAsync(Sample.Operator, $"{Path}/{id}/discard", new JsonObject { ["reason"] = "A test of ours" });
        using var replayed = await _app.PostAsync(Sample.Operator, $"{Path}/{earlier.Id}/replay", new JsonObject());
        await _app.DrainAsync();

        Assert.Superset(new HashSet<string> { id, earlier.Id.ToString() }, listed.ToHashSet());
        Assert.Equal((204, 200), ((int)discarded.StatusCode, (int)replayed.StatusCode));
        Assert.Single(await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview), entry => entry == ubrn);
    }

    [Fact]
    public async Task A_dead_letter_is_kept_when_its_replay_cannot_be_sent()
    {
        var (ubrn, letter) = await DeadSubmissionAsync();

        _app.Local.Broker.Faults.RefuseSends(Queues.ReferralSubmitted);
        using var refused = await _app.PostAsync(Sample.Operator, $"{Path}/{letter}/replay", new JsonObject());
        _app.Local.Broker.Faults.Clear();
        using var replayed = await _app.PostAsync(Sample.Operator, $"{Path}/{letter}/replay", new JsonObject());
        await _app.DrainAsync();

        Assert.Equal((503, 200), ((int)refused.StatusCode, (int)replayed.StatusCode));
        Assert.Contains(ubrn, await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview));
    }

    [Fact]
    public async Task A_replay_is_rejected_before_the_client_gives_up_and_its_dead_letter_is_kept_while_the_broker_is_busy()
    {
        var (ubrn, letter) = await DeadSubmissionAsync();

        _app.Local.Broker.Faults.Busy = true;
        // The Service Bus client alone would take ten seconds.
        using var refused = await _app.PostAsync(Sample.Operator, $"{Path}/{letter}/replay", new JsonObject()).WaitAsync(TimeSpan.FromSeconds(9));
        _app.Local.Broker.Faults.Clear();
        using var replayed = await _app.PostAsync(Sample.Operator, $"{Path}/{letter}/replay", new JsonObject());
        await _app.DrainAsync();

        Assert.Equal((503, 200), ((int)refused.StatusCode, (int)replayed.StatusCode));
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        Assert.Single(await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview), listed => listed == ubrn);
    }

    [Fact]
    public async Task A_dead_letter_without_its_body_is_not_replayed_until_the_body_is_back()
    {
        var (ubrn, letter) = await DeadSubmissionAsync();
        var (blob, correlation) = (BodyOf(letter), $"{Guid.NewGuid()}");
        var body = (await blob.DownloadContentAsync()).Value.Content;
        await blob.DeleteAsync();

        using var refused = await _app.PostAsync(Sample.Operator, $"{Path}/{letter}/replay", new JsonObject(), ("X-Correlation-ID", correlation));
        await _app.DrainAsync();

        var problem = await refused.ProblemAsync(409);
        Assert.Equal("urn:ereferrals:problem:dead-letter-without-body", problem["type"]!.GetValue<string>());
        Assert.Contains("discard the dead letter", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Single(await ListedLettersAsync(), letter);
        Assert.DoesNotContain(ubrn, await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview));
        Assert.DoesNotContain(await _app.TrailAsync(correlation), entry => (string?)entry["what"] == "DEAD_LETTER_REPLAYED");

        await blob.UploadAsync(body);
        using var replayed = await _app.PostAsync(Sample.Operator, $"{Path}/{letter}/replay", new JsonObject());
        await _app.DrainAsync();
        Assert.Equal(200, (int)replayed.StatusCode);
        Assert.Single(await _app.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview), ubrn);
    }

    [Fact]
    public async Task A_dead_letter_without_its_body_can_be_discarded()
    {
        var letter = await PoisonAsync(Queues.ReferralFollowUp, "not JSON");
        await BodyOf(letter).DeleteAsync();

        using var discarded = await _app.PostAsync(Sample.Operator, $"{Path}/{letter}/discard", new JsonObject { ["reason"] = "A test of ours" });

        Assert.Equal(204, (int)discarded.StatusCode);
        Assert.DoesNotContain(letter, await ListedLettersAsync());
    }

    [Fact]
    public async Task A_dead_letter_for_an_unknown_list_is_dead_lettered_again_when_it_is_replayed()
    {
        var letter = await PoisonAsync(Queues.WorklistChanges, """{"worklist":"R69:NO_SUCH_LIST","ubrn":"000000123456","version":1}""");
        var before = await ListedLettersAsync();

        using var replayed = await _app.PostAsync(Sample.Operator, $"{Path}/{letter}/replay", new JsonObject());
        await _app.DrainAsync();

        // The message still fails and is dead-lettered again.
        Assert.Equal(200, (int)replayed.StatusCode);
        var back = Assert.Single((await ListedLettersAsync()).Except(before));
        using var shown = await _app.GetAsync(Sample.Operator, $"{Path}/{back}");
        Assert.Equal(Queues.WorklistChanges, (await shown.JsonAsync())["queue"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_discarded_dead_letter_is_gone_and_its_discard_is_audited()
    {
        var (letter, correlation) = (await PoisonAsync(Queues.ReferralFollowUp, "not JSON"), $"{Guid.NewGuid()}");

        using var without = await _app.PostAsync(Sample.Operator, $"{Path}/{letter}/discard", new JsonObject());
        using var discarded = await _app.PostAsync(
            Sample.Operator, $"{Path}/{letter}/discard", new JsonObject { ["reason"] = "A test of ours" }, ("X-Correlation-ID", correlation));
        using var again = await _app.PostAsync(Sample.Operator, $"{Path}/{letter}/discard", new JsonObject { ["reason"] = "A test of ours" });
        using var replayed = await _app.PostAsync(Sample.Operator, $"{Path}/{letter}/replay", new JsonObject());

        Assert.Equal((422, 204, 204, 404), ((int)without.StatusCode, (int)discarded.StatusCode, (int)again.StatusCode, (int)replayed.StatusCode));
        Assert.DoesNotContain(letter, await ListedLettersAsync());
        var entry = Assert.Single(await _app.TrailAsync(correlation));
        Assert.Equal(("DEAD_LETTER_DISCARDED", letter), ((string?)entry["what"], (string?)entry["deadLetter"]));
    }

    [Fact]
    public async Task A_replay_that_is_sent_again_gets_the_same_answer_and_sends_nothing()
    {
        var letter = await PoisonAsync(Queues.ReferralFollowUp, "not JSON");

        using var replayed = await _app.PostAsync(Sample.Operator, $"{Path}/{letter}/replay", new JsonObject());
        using var again = await _app.PostAsync(Sample.Operator, $"{Path}/{letter}/replay", new JsonObject());
        await _app.DrainAsync();

        Assert.Equal((200, 200), ((int)replayed.StatusCode, (int)again.StatusCode));
        Assert.Equal((string)(await replayed.JsonAsync())["messageId"]!, (string)(await again.JsonAsync())["messageId"]!);
    }

    [Fact]
    public async Task Paging_shows_every_dead_letter_once()
    {
        await PoisonAsync(Queues.ReferralSubmitted, "1");
        await PoisonAsync(Queues.ReferralSubmitted, "2");
        await PoisonAsync(Queues.AttachmentScanned, "3");

        var paged = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            using var response = await _app.GetAsync(Sample.Operator, $"{Path}?limit=1{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}");
            var page = await response.JsonAsync();
            paged.AddRange(Ids(page));
            cursor = page["next"]?.GetValue<string>();
        }

        Assert.Equal(await ListedLettersAsync(), paged);
        Assert.Equal(paged.Distinct(), paged);
        var quarantine = _app.Services.GetRequiredService<QuarantineTable>();
        var counts = await Task.WhenAll(Queues.All.Select(queue => quarantine.CountAsync(queue, CancellationToken.None)));
        Assert.Equal(paged.Count, counts.Sum());
    }

    [Theory]
    [InlineData("no-such-queue.1")]
    [InlineData("referral-submitted")]
    [InlineData("referral-submitted.-1")]
    [InlineData("referral-submitted.99999999999999999999")]
    [InlineData("referral-submitted.1'%20or%20PartitionKey%20ne%20'")]
    [InlineData("discarded:referral-submitted.1")]
    [InlineData("discarded:dead-letters.1")]
    public async Task An_invalid_dead_letter_id_returns_404(string id)
    {
        using var read = await _app.GetAsync(Sample.Operator, $"{Path}/{id}");
        using var replayed = await _app.PostAsync(Sample.Operator, $"{Path}/{id}/replay", new JsonObject());

        Assert.Equal((404, 404), ((int)read.StatusCode, (int)replayed.StatusCode));
    }

    // Dead-letters a valid submission, as a fault would that has been fixed since.
    private async Task<(string Ubrn, string Letter)> DeadSubmissionAsync()
    {
        var before = await ListedLettersAsync();
        await _app.Local.PauseTriggersAsync();
        var ubrn = await _app.SubmitAsync(Sample.ReferringClinician);
        await using (var bus = new ServiceBusClient(_app.Local.ServiceBusConnection))
        await using (var receiver = bus.CreateReceiver(Queues.ReferralSubmitted))
        {
            var message = await receiver.ReceiveMessageAsync();
            await receiver.DeadLetterMessageAsync(message, deadLetterReason: "Test");
        }

        _app.Local.ResumeTriggers();
        await _app.DrainAsync();
        return (ubrn, (await ListedLettersAsync()).Except(before).Single());
    }

    private async Task<string> PoisonAsync(string queue, string body)
    {
        var before = await ListedLettersAsync();
        await using var bus = new ServiceBusClient(_app.Local.ServiceBusConnection);
        await using var sender = bus.CreateSender(queue);
        var message = new ServiceBusMessage(body) { MessageId = Guid.NewGuid().ToString() };
        await sender.SendMessageAsync(message);
        await _app.DrainAsync();
        return (await ListedLettersAsync()).Except(before).Single();
    }

    // The blob in which the runbook tells operators to look.
    private BlobClient BodyOf(string letter)
    {
        var (queue, number) = (letter.Split('.')[0], letter.Split('.')[1]);
        return new BlobClient(_app.Local.Azurite!.Contingency.ConnectionString, Containers.Quarantine, $"{queue}/{number.PadLeft(19, '0')}");
    }

    private async Task<IReadOnlyList<string>> ListedLettersAsync()
    {
        using var response = await _app.GetAsync(Sample.Operator, Path);
        return [.. Ids(await response.JsonAsync())];
    }

    private static IEnumerable<string> Ids(JsonObject page) => page["deadLetters"]!.AsArray().Select(letter => letter!["id"]!.GetValue<string>());
}
