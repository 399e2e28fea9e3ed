using System.Text.Json;
using Azure.Messaging.ServiceBus;
using EReferrals.Confirmations;
using EReferrals.Messaging;
using EReferrals.Reconciliation;
using EReferrals.Referrals.Lists;
using EReferrals.Tests.Journeys;
using EReferrals.Tests.Slots;
using Microsoft.Extensions.DependencyInjection;

namespace EReferrals.Tests.Web;

/// <summary>What an operator does.</summary>
[Collection(UsesWebApp.Name)]
public sealed class OperationsTests(WebApp web)
{
    private const string Path = "/app/operations";
    private const string DeadLetters = "[aria-labelledby=dead-letters]";

    [BrowserFact]
    public async Task The_mode_is_changed_only_after_a_confirmation_that_says_what_will_happen()
    {
        await using var screen = await web.OpenAsAsync(Sample.Operator, Path);
        await screen.SeeAsync("Operate the service");
        await screen.Page.GetByLabel("No uploads").CheckAsync();
        await screen.PressAsync("Change the mode");
        await screen.SeeInAsync(".nhsuk-error-summary", "No letter can be uploaded.");
        await screen.CheckAsync("operations-confirm");
        Assert.True(await UploadsAsync());

        await screen.PressAsync("Yes: change the mode");
        await screen.SeeDoneAsync("The mode is changed.");
        Assert.False(await UploadsAsync());
        await screen.Page.GetByLabel("Letters can be uploaded").CheckAsync();
        await screen.PressAsync("Change the mode");
        await screen.PressAsync("Yes: change the mode");
        await Eventually.TrueAsync(UploadsAsync);
    }

    [BrowserFact]
    public async Task A_message_is_posted_and_deleted()
    {
        await using var screen = await web.OpenAsAsync(Sample.Operator, Path);
        await screen.Page.GetByLabel("Message", new() { Exact = true }).FillAsync("Planned work at 10pm.");
        await screen.PressAsync("Post the message");
        await screen.PressAsync("Yes: post the message");
        await screen.SeeDoneAsync("The message is posted.");
        await screen.SeeInAsync("[aria-labelledby=messages]", "Posted on");

        await screen.PressAsync("Delete");
        await screen.PressAsync("Yes: delete");
        await screen.SeeDoneAsync("The message is deleted.");
        await screen.SeeInAsync("[aria-labelledby=messages]", "No message is shown.");
    }

    [BrowserFact]
    public async Task A_dead_letter_is_replayed_and_its_referral_is_on_the_list()
    {
        var ubrn = await DeadSubmissionAsync();
        await using var screen = await web.OpenAsAsync(Sample.Operator, Path);
        await screen.SeeInAsync(DeadLetters, "1 message could not be processed.");
        await screen.SeeInAsync(DeadLetters, "Test");
        await screen.Page.GetByText("Replay or discard").ClickAsync();
        await screen.PressAsync("Replay");
        await screen.SeeInAsync(".nhsuk-error-summary", "goes back to the queue referral-submitted");
        await screen.CheckAsync("operations-dead-letter");

        await screen.PressAsync("Yes: replay");

        await screen.SeeDoneAsync("on its queue again");
        await screen.SeeInAsync(DeadLetters, "No message waits for an operator.");
        await web.App.DrainAsync();
        Assert.Contains(ubrn, await web.App.ListedAsync(Sample.ProviderClinician, Worklist.ReferralsForReview));
    }

    [BrowserFact]
    public async Task A_dead_letter_is_discarded_for_a_reason_after_a_confirmation_that_says_what_is_lost()
    {
        await using (var bus = new ServiceBusClient(web.App.Local.ServiceBusConnection))
        await using (var sender = bus.CreateSender(Queues.ReferralFollowUp))
        {
            await sender.SendMessageAsync(new ServiceBusMessage("not JSON") { MessageId = Guid.NewGuid().ToString() });
        }

        await web.App.DrainAsync();
        await using var screen = await web.OpenAsAsync(Sample.Operator, Path);
        await screen.SeeInAsync(DeadLetters, "Unreadable");
        await screen.Page.GetByText("Replay or discard").ClickAsync();
        await screen.PressAsync("Discard");
        await screen.SeeInAsync(".nhsuk-error-summary", "Enter why it is discarded");
        await screen.Page.GetByLabel("Why is it discarded?").FillAsync("A test of ours");
        await screen.PressAsync("Discard");
        await screen.SeeInAsync(".nhsuk-error-summary", "will never be done for this message");

        await screen.PressAsync("Yes: discard");

        await screen.SeeDoneAsync("The message is discarded.");
        await screen.SeeInAsync(DeadLetters, "No message waits for an operator.");
    }

    [BrowserFact]
    public async Task A_transfer_is_ordered_after_a_confirmation_and_its_progress_is_shown_until_it_has_finished()
    {
        var (from, to) = ("W0001", "W0002");
        var service = await web.App.ServiceAsync(from);
        await web.App.ServiceAsync(to);
        var ubrn = await web.ReferAsync("Moving", service: service);
        await using var screen = await web.OpenAsAsync(Sample.Operator, Path);
        await screen.Page.GetByText("Begin a transfer").ClickAsync();
        await screen.Page.GetByLabel("From organisation").FillAsync(from);
        await screen.Page.GetByLabel("To organisation").FillAsync(to);
        await screen.Page.GetByLabel("Why?").FillAsync("They merge.");
        await screen.PressAsync("Transfer");
        await screen.SeeInAsync(".nhsuk-error-summary", $"All services and referrals of {from} go to {to}");
        await screen.CheckAsync("operations-transfer-confirm");
        await screen.PressAsync("Yes: transfer");
        await screen.SeeDoneAsync("The transfer has begun.");
        await screen.SeeInAsync("[aria-labelledby=transfers]", "Running");
        await screen.CheckAsync("operations-transfer");

        // Every instance knows of an order after this time.
        web.Clock.Advance(TimeSpan.FromSeconds(20));
        await web.App.Local.RunTimerAsync(nameof(ReconcileAndTransferFunction));

        await screen.SeeInAsync("[aria-labelledby=transfers]", "Finished");
        await screen.SeeInAsync("[aria-labelledby=transfers]", "1 of 1 referral moved");
        await web.App.DrainAsync();
        var successor = Sample.ProviderClinician with { Organisation = to };
        Assert.Contains(ubrn, await web.App.ListedAsync(successor, Worklist.ReferralsForReview));
    }

    [BrowserFact]
    public async Task What_waits_for_a_second_operator_is_shown_and_confirmed()
    {
        // The message does not exist, so that the confirmation changes nothing.
        using var asked = JsonDocument.Parse("""{ "id": "dead-letters.98", "reason": "A test of ours" }""");
        var first = Sample.Operator with { User = "000000000104" };
        var board = web.App.Services.GetRequiredService<ConfirmationBoard>();
        var confirmation = Confirmation.Ask(ConfirmedAction.DiscardDeadLetter, asked.RootElement.Clone(), first, web.Clock.GetUtcNow());
        await board.ChangeAsync(list => list.With(confirmation, web.Clock.GetUtcNow()), default);
        await using var screen = await web.OpenAsAsync(Sample.Operator, Path);
        await screen.SeeInAsync("[aria-labelledby=confirmations]", "A test of ours");

        await screen.PressAsync("Confirm");
        await screen.SeeInAsync(".nhsuk-error-summary", "Discard the accepted submission dead-letters.98");
        await screen.PressAsync("Yes: confirm");
        await screen.SeeDoneAsync("It is confirmed and done.");

        await screen.SeeInAsync("[aria-labelledby=confirmations]", "Nothing waits for a second operator.");
        Assert.Equal(ConfirmationState.Done, (await board.ReadAsync(default)).Find(confirmation.Id)!.State);
    }

    [BrowserFact]
    public async Task What_was_confirmed_and_not_recorded_as_done_before_it_expired_says_that_it_may_have_been_carried_out()
    {
        using var asked = JsonDocument.Parse("""{ "id": "dead-letters.99", "reason": "A test of ours" }""");
        // By the clock of the browser.
        var now = DateTimeOffset.UtcNow.AddHours(-1);
        var first = Sample.Operator with { User = "000000000104" };
        var stopped = Confirmation.Ask(ConfirmedAction.DiscardDeadLetter, asked.RootElement.Clone(), first, now - Confirmation.Valid)
            .Confirm(Sample.Operator with { User = "000000000105" }, now);
        var board = web.App.Services.GetRequiredService<ConfirmationBoard>();
        await board.ChangeAsync(list => list.With(stopped, now), default);
        await using var screen = await web.OpenAsAsync(Sample.Operator, Path);

        await screen.SeeInAsync("[aria-labelledby=confirmations]", "Look, and ask for it again if it was not.");

        Assert.Equal(0, await screen.Page.Locator("[aria-labelledby=confirmations]").GetByText("Confirm", new() { Exact = true }).CountAsync());
        await screen.CheckAsync("operations-confirmed-late");
        await board.ChangeAsync(list => list.Change(stopped.Id, one => one.Finish()), default);
    }

    [BrowserFact]
    public async Task Others_than_operators_are_told_that_the_page_is_not_for_them()
    {
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, Path);

        await screen.SeeAsync("This page is for operators");
        await screen.CheckAsync("operations-refused");
    }

    // Dead-letters a valid submission, as a fault would that has been fixed since.
    private async Task<string> DeadSubmissionAsync()
    {
        await web.App.Local.PauseTriggersAsync();
        var ubrn = await web.App.SubmitAsync(Sample.ReferringClinician);
        await using (var bus = new ServiceBusClient(web.App.Local.ServiceBusConnection))
        await using (var receiver = bus.CreateReceiver(Queues.ReferralSubmitted))
        {
            await receiver.DeadLetterMessageAsync(await receiver.ReceiveMessageAsync(), deadLetterReason: "Test");
        }

        web.App.Local.ResumeTriggers();
        await web.App.DrainAsync();
        return ubrn;
    }

    private async Task<bool> UploadsAsync()
    {
        using var response = await web.App.GetAsync(Sample.Operator, "/v1/operations/mode");
        return (bool)(await response.JsonAsync())["uploads"]!;
    }
}
