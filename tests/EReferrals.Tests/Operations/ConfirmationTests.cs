using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using EReferrals.Confirmations;
using EReferrals.Messaging;
using EReferrals.Operations;
using EReferrals.Referrals.Organisations;
using EReferrals.Storage.Tables;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Operations;

/// <summary>A service that needs two operators for what could do much harm.</summary>
[Collection(UsesStrictApp.Name)]
public sealed class ConfirmationTests(StrictApp strict)
{
    private const string Mode = "/v1/operations/mode";
    private const string Confirmations = "/v1/operations/confirmations";

    private static readonly Actor First = Sample.Operator;
    private static readonly Actor Second = Sample.Operator with { User = "000000000104" };

    private static long _letters = 5_000;

    private readonly RunningApp _app = strict.App;

    [Fact]
    public async Task A_switch_to_read_only_waits_until_another_operator_confirms_it()
    {
        var mode = ReadOnly("The store is being moved.");
        using var asked = await SetAsync(First, mode);
        var id = await IdAsync(asked);
        var before = await IsReadOnlyAsync();
        using var own = await ConfirmAsync(First, id);
        using var again = await SetAsync(First, mode);
        using var confirmed = await ConfirmAsync(Second, id);
        using var confirmedAgain = await ConfirmAsync(Second, id);
        var after = await IsReadOnlyAsync();
        using var ended = await SetAsync(First, Normal());

        Assert.Equal($"{Confirmations}/{id}", asked.Headers.Location!.ToString());
        Assert.Equal((false, true), (before, after));
        await own.ProblemAsync(403);
        Assert.Equal(id, await IdAsync(again));
        Assert.Equal((200, 200, 200), ((int)confirmed.StatusCode, (int)confirmedAgain.StatusCode, (int)ended.StatusCode));
        var shown = await confirmed.JsonAsync();
        Assert.Equal(
            ("DONE", "READ_ONLY", First.User, Second.User, "The store is being moved."),
            ((string?)shown["state"], (string?)shown["action"], (string?)shown["by"]!["user"], (string?)shown["confirmedBy"]!["user"],
                (string?)shown["request"]!["reason"]));
        Assert.False(await IsReadOnlyAsync());
    }

    [Fact]
    public async Task A_confirmation_expires_after_thirty_minutes_and_the_action_can_be_asked_for_again()
    {
        var mode = ReadOnly("Asked for too late.");
        using var asked = await SetAsync(First, mode);
        var id = await IdAsync(asked);
        strict.Clock.Advance(Confirmation.Valid);
        _app.ForgetTokens();

        using var late = await ConfirmAsync(Second, id);
        using var read = await _app.GetAsync(First, $"{Confirmations}/{id}");
        using var again = await SetAsync(First, mode);

        await late.ProblemAsync(409);
        Assert.Equal("EXPIRED", (string?)(await read.JsonAsync())["state"]);
        Assert.NotEqual(id, await IdAsync(again));
        Assert.False(await IsReadOnlyAsync());
    }

    [Fact]
    public async Task An_emergency_is_done_at_once_recorded_with_its_reason_audited_and_counted_for_its_alert()
    {
        using var counted = new Measurements();
        counted.Of(_app);
        var mode = ReadOnly("An emergency.");
        mode["emergency"] = "Referrals are being damaged.";
        var correlation = Guid.NewGuid().ToString();
        using var done = await _app.SendAsync(First, HttpMethod.Put, Mode, mode, ("X-Correlation-ID", correlation));
        var isReadOnly = await IsReadOnlyAsync();
        using var ended = await SetAsync(First, Normal());

        Assert.Equal((200, true), ((int)done.StatusCode, isReadOnly));
        Assert.Equal((1.0, 2.0), (counted["ereferrals.operations.overrides"], counted["ereferrals.mode.changes"]));
        using var listed = await _app.GetAsync(Second, Confirmations);
        var record = (await listed.JsonAsync())["confirmations"]!.AsArray().First(one => (string?)one!["state"] == "OVERRIDDEN")!;
        Assert.Equal(("Referrals are being damaged.", First.User), ((string?)record["emergency"], (string?)record["by"]!["user"]));
        var trail = await _app.TrailAsync(correlation);
        Assert.Equal(["CONFIRMATION_OVERRIDDEN", "MODE_CHANGED"], trail.Select(entry => (string?)entry["what"]));
        using var confirmed = await ConfirmAsync(Second, (string)record["id"]!);
        await confirmed.ProblemAsync(409);
    }

    [Fact]
    public async Task An_emergency_goes_through_and_is_listed_while_the_list_of_confirmations_is_full()
    {
        using var counted = new Measurements();
        counted.Of(_app);
        var now = strict.Clock.GetUtcNow();
        var board = _app.Services.GetRequiredService<ConfirmationBoard>();
        var other = JsonSerializer.SerializeToElement(new { });
        await board.ChangeAsync(
            list => Enumerable.Range(0, ConfirmationList.Most)
                .Aggregate(list, (before, _) => before.With(Confirmation.Ask(ConfirmedAction.ReadOnly, other, First, now), now)),
            default);
        var letter = await QuarantineAsync(Queues.ReferralSubmitted);

        using var refused = await SetAsync(First, ReadOnly("The list is full."));
        using var switched = await SetAsync(First, Emergency("Full, and urgent."));
        using var ended = await SetAsync(First, Normal());
        using var discarded = await DiscardAsync(letter, "Full, and urgent.");
        using var listed = await _app.GetAsync(Second, Confirmations);
        strict.Clock.Advance(Confirmation.Valid);
        _app.ForgetTokens();

        await refused.ProblemAsync(422);
        Assert.Equal((200, 200, 204), ((int)switched.StatusCode, (int)ended.StatusCode, (int)discarded.StatusCode));
        Assert.False(await IsKeptAsync(letter));
        Assert.Equal(2.0, counted["ereferrals.operations.overrides"]);
        var newest = (await listed.JsonAsync())["confirmations"]!.AsArray()[0]!;
        Assert.Equal(("OVERRIDDEN", "DISCARD_DEAD_LETTER"), ((string?)newest["state"], (string?)newest["action"]));
    }

    [Fact]
    public async Task An_emergency_goes_through_while_the_list_of_confirmations_is_unreadable()
    {
        using var counted = new Measurements();
        counted.Of(_app);
        var letter = await QuarantineAsync(Queues.ReferralSubmitted);
        var list = new BlobContainerClient(_app.Local.Azurite!.Contingency.ConnectionString, "operations").GetBlobClient("confirmations.json");
        await list.UploadAsync(BinaryData.FromString("not JSON"), overwrite: true);

        using var switched = await SetAsync(First, Emergency("The list is damaged."));
        using var ended = await SetAsync(First, Normal());
        using var discarded = await DiscardAsync(letter, "The list is damaged.");
        await list.DeleteAsync();

        Assert.Equal((200, 200, 204), ((int)switched.StatusCode, (int)ended.StatusCode, (int)discarded.StatusCode));
        Assert.False(await IsKeptAsync(letter));
        Assert.Equal(2.0, counted["ereferrals.operations.overrides"]);
    }

    [Fact]
    public async Task What_does_no_such_harm_needs_one_operator()
    {
        var uploads = Normal();
        uploads["uploads"] = false;
        using var off = await SetAsync(First, uploads);
        using var on = await SetAsync(First, Normal());
        var letter = await QuarantineAsync(Queues.WorklistChanges);
        using var discarded = await DiscardAsync(letter);

        Assert.Equal((200, 200, 204), ((int)off.StatusCode, (int)on.StatusCode, (int)discarded.StatusCode));
    }

    [Theory]
    [InlineData(Queues.ReferralSubmitted)]
    [InlineData(Queues.AuditPending)]
    [InlineData(Queues.DeadLetters)]
    public async Task What_nothing_else_has_is_discarded_when_another_operator_confirms_it(string queue)
    {
        var letter = await QuarantineAsync(queue);
        using var asked = await DiscardAsync(letter);
        var id = await IdAsync(asked);
        var isKept = await IsKeptAsync(letter);
        using var confirmed = await ConfirmAsync(Second, id);

        Assert.Equal((202, true, 200), ((int)asked.StatusCode, isKept, (int)confirmed.StatusCode));
        Assert.False(await IsKeptAsync(letter));
    }

    [Fact]
    public async Task After_a_stop_between_the_confirmation_and_the_action_confirming_again_does_the_action()
    {
        var letter = await QuarantineAsync(Queues.ReferralSubmitted);
        using var asked = await DiscardAsync(letter);
        var id = await IdAsync(asked);
        await StopAfterConfirmationAsync(id);

        using var confirmed = await ConfirmAsync(Second with { User = "000000000105" }, id);

        var shown = await confirmed.JsonAsync();
        Assert.Equal((200, "DONE", Second.User), ((int)confirmed.StatusCode, (string?)shown["state"], (string?)shown["confirmedBy"]!["user"]));
        Assert.False(await IsKeptAsync(letter));
    }

    [Fact]
    public async Task After_a_stop_between_the_switch_and_its_end_confirming_again_records_no_second_change()
    {
        var mode = ReadOnly("The store is being moved.");
        using var asked = await SetAsync(First, mode);
        var id = await IdAsync(asked);
        await StopAfterConfirmationAsync(id);
        await _app.Services.GetRequiredService<ServiceModes>().ChangeAsync(
            new OperatingMode(ReadOnly: true, Uploads: true, Booking: true, (string?)mode["reason"], Until: null), default);
        var correlation = Guid.NewGuid().ToString();

        using var confirmed = await ConfirmAsync(Second, id, correlation);
        var isReadOnly = await IsReadOnlyAsync();
        using var ended = await SetAsync(First, Normal());

        Assert.Equal("DONE", (string?)(await confirmed.JsonAsync())["state"]);
        Assert.True(isReadOnly);
        Assert.Equal(["CONFIRMATION_GIVEN"], (await _app.TrailAsync(correlation)).Select(entry => (string?)entry["what"]));
    }

    [Fact]
    public async Task What_was_confirmed_and_not_marked_as_done_in_time_is_listed_as_confirmed_and_may_have_been_carried_out()
    {
        var letter = await QuarantineAsync(Queues.ReferralSubmitted);
        using var asked = await DiscardAsync(letter);
        var id = await IdAsync(asked);
        await StopAfterConfirmationAsync(id);
        strict.Clock.Advance(Confirmation.Valid);
        _app.ForgetTokens();

        using var read = await _app.GetAsync(First, $"{Confirmations}/{id}");
        using var late = await ConfirmAsync(Second, id);
        using var again = await DiscardAsync(letter);

        var shown = await read.JsonAsync();
        Assert.Equal(("CONFIRMED", Second.User), ((string?)shown["state"], (string?)shown["confirmedBy"]!["user"]));
        Assert.Contains("may have been carried out", (string?)(await late.ProblemAsync(409))["detail"], StringComparison.Ordinal);
        Assert.NotEqual(id, await IdAsync(again));
        Assert.True(await IsKeptAsync(letter));
    }

    [Fact]
    public async Task Operators_who_ask_for_the_same_at_the_same_time_wait_for_one_confirmation()
    {
        var letter = await QuarantineAsync(Queues.ReferralSubmitted);

        var asked = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => DiscardAsync(letter)));

        Assert.Single((await Task.WhenAll(asked.Select(IdAsync))).Distinct());
    }

    [Theory]
    [InlineData(ConfirmedAction.ReadOnly, "MODE_CHANGED")]
    [InlineData(ConfirmedAction.DiscardDeadLetter, "DEAD_LETTER_DISCARDED")]
    public async Task Of_confirmations_at_the_same_time_one_does_the_action_and_is_recorded(ConfirmedAction action, string recorded)
    {
        using var asked = action == ConfirmedAction.ReadOnly
            ? await SetAsync(First, ReadOnly("The store is being moved."))
            : await DiscardAsync(await QuarantineAsync(Queues.ReferralSubmitted));
        var (id, correlation) = (await IdAsync(asked), Guid.NewGuid().ToString());
        var operators = Enumerable.Range(104, 4).Select(number => Second with { User = $"000000000{number}" });

        var answers = await Task.WhenAll(operators.Select(one => ConfirmAsync(one, id, correlation)));
        using var ended = await SetAsync(First, Normal());

        var shown = await Task.WhenAll(answers.Select(answer => answer.JsonAsync()));
        Assert.All(shown, one => Assert.Equal("DONE", (string?)one["state"]));
        var confirmedBy = Assert.Single(shown.Select(one => (string?)one["confirmedBy"]!["user"]).Distinct());
        var trail = await _app.TrailAsync(correlation);
        Assert.Equal(
            [("CONFIRMATION_GIVEN", confirmedBy), (recorded, confirmedBy)], trail.Select(entry => ((string?)entry["what"], (string?)entry["user"])));
    }

    [Fact]
    public void A_full_list_forgets_what_is_closed_never_what_waits_and_takes_an_emergency()
    {
        var now = Sample.Now;
        var asked = JsonSerializer.SerializeToElement(new { });
        var open = Enumerable.Range(0, ConfirmationList.Most - 1)
            .Aggregate(ConfirmationList.None, (list, _) => list.With(Confirmation.Ask(ConfirmedAction.ReadOnly, asked, First, now), now));
        var closed = Confirmation.Override(ConfirmedAction.ReadOnly, asked, First, now, "Why");
        var last = Confirmation.Ask(ConfirmedAction.ReadOnly, asked, First, now);

        var full = open.With(closed, now).With(last, now);

        Assert.Null(full.Find(closed.Id));
        Assert.Equal(open.All.Append(last).Select(one => one.Id), full.All.Select(one => one.Id));
        Assert.Same(full, full.With(Confirmation.Ask(ConfirmedAction.ReadOnly, asked, First, now), now));
        var beyond = full.With(closed, now);
        Assert.Equal(full.All.Append(closed), beyond.All);
        var another = Confirmation.Override(ConfirmedAction.ReadOnly, asked, First, now, "Why");
        Assert.Equal(full.All.Append(another), beyond.With(another, now).All);
        Assert.NotNull(full.With(closed, now + Confirmation.Valid).Find(closed.Id));
    }

    private static JsonObject Normal() => new() { ["readOnly"] = false, ["uploads"] = true, ["booking"] = true };

    private static JsonObject ReadOnly(string reason) => new() { ["readOnly"] = true, ["uploads"] = true, ["booking"] = true, ["reason"] = reason };

    private static JsonObject Emergency(string reason)
    {
        var mode = ReadOnly(reason);
        mode["emergency"] = reason;
        return mode;
    }

    private static async Task<string> IdAsync(HttpResponseMessage asked)
    {
        Assert.Equal(202, (int)asked.StatusCode);
        return (string)(await asked.JsonAsync())["id"]!;
    }

    private Task<HttpResponseMessage> SetAsync(Actor by, JsonObject mode) => _app.SendAsync(by, HttpMethod.Put, Mode, mode);

    private Task<HttpResponseMessage> ConfirmAsync(Actor by, string id, string? correlation = null) =>
        _app.PostAsync(by, $"{Confirmations}/{id}/confirm", new JsonObject(), ("X-Correlation-ID", correlation ?? Guid.NewGuid().ToString()));

    // As the process left it that stopped right after the confirmation was stored, and some seconds ago.
    private async Task StopAfterConfirmationAsync(string id)
    {
        var now = strict.Clock.GetUtcNow();
        await _app.Services.GetRequiredService<ConfirmationBoard>().ChangeAsync(
            list => list.Change(Guid.Parse(id), one => one.Take(Guid.NewGuid(), now).Confirm(Second, now)), default);
        strict.Clock.Advance(ConfirmationTurn.Limit);
    }

    private Task<HttpResponseMessage> DiscardAsync(string letter, string? emergency = null)
    {
        var body = new JsonObject { ["reason"] = "A test of ours" };
        if (emergency is not null) body["emergency"] = emergency;
        return _app.PostAsync(First, $"/v1/operations/dead-letters/{letter}/discard", body);
    }

    private async Task<bool> IsReadOnlyAsync()
    {
        using var response = await _app.GetAsync(First, Mode);
        return (bool)(await response.JsonAsync())["readOnly"]!;
    }

    private async Task<bool> IsKeptAsync(string letter)
    {
        using var response = await _app.GetAsync(First, $"/v1/operations/dead-letters/{letter}");
        return (int)response.StatusCode == 200;
    }

    private async Task<string> QuarantineAsync(string queue)
    {
        var id = new DeadLetterId(Queues.DeadLetters, Interlocked.Increment(ref _letters));
        var letter = new DeadLetter(
            id, queue, "Unreadable", Description: null, "message", CorrelationId: null, Subject: null, ContentType: null, Ubrn: null, Sample.Now, Sample.Now,
            DeliveryCount: 1);
        await _app.Services.GetRequiredService<QuarantineTable>().SaveAsync(letter, BinaryData.FromString("{}"), default);
        return id.ToString();
    }
}
