using System.Text.Json.Nodes;
using EReferrals.Tests.Journeys;
using Microsoft.Playwright;

namespace EReferrals.Tests.Web;

/// <summary>What an operator does.</summary>
[Collection(UsesWebApp.Name)]
public sealed class OperationsTests(WebApp web)
{
    private const string Path = "/app/operations";

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
    public async Task Dead_letters_are_replayed_and_discarded_and_a_transfer_shows_its_progress()
    {
        // The answers of the service are made up: a real dead letter or transfer would disturb the other tests.
        await using var screen = await web.OpenAsAsync(Sample.Operator);
        var calls = new List<string>();
        var letter = new JsonObject
        {
            ["id"] = "worklist-changes.7",
            ["queue"] = "worklist-changes",
            ["reason"] = "Unreadable",
            ["ubrn"] = "000000012345",
            ["enqueuedAt"] = "2026-11-28T10:00:00Z",
            ["deadLetteredAt"] = "2026-11-28T10:05:00Z",
            ["deliveryCount"] = 3,
        };
        var page = new JsonObject { ["deadLetters"] = new JsonArray(letter), ["next"] = null }.ToJsonString();
        await screen.Page.RouteAsync("**/v1/operations/dead-letters**", route => AnswerAsync(route, calls, page));
        await screen.Page.RouteAsync("**/v1/operations/organisation-transfers", route => AnswerAsync(route, calls, """
            { "transfers": [{ "id": "1", "from": "R68", "to": "R69", "reason": "Merger", "state": "RUNNING", "ordered": "2026-11-28T10:00:00Z",
              "counts": { "found": 200, "moved": 50, "failed": 0 } }] }
            """));
        await screen.Page.Locator("#nav a[href='/app/operations']").ClickAsync();
        await screen.SeeInAsync("[aria-labelledby=transfers]", "50 of 200 referrals moved");

        await screen.Page.GetByText("Replay or discard").ClickAsync();
        await screen.PressAsync("Replay");
        await screen.SeeInAsync(".nhsuk-error-summary", "goes back to the queue worklist-changes");
        await screen.CheckAsync("operations-dead-letter");
        await screen.PressAsync("Yes: replay");
        await screen.SeeDoneAsync("on its queue again");
        await screen.Page.GetByText("Replay or discard").ClickAsync();
        await screen.Page.GetByLabel("Why is it discarded?").FillAsync("Sent twice");
        await screen.PressAsync("Discard");
        await screen.SeeInAsync(".nhsuk-error-summary", "will never be done for referral 0000 0001 2345");
        await screen.PressAsync("Yes: discard");
        await screen.SeeDoneAsync("The message is discarded.");

        Assert.Equal(["/v1/operations/dead-letters/worklist-changes.7/replay", "/v1/operations/dead-letters/worklist-changes.7/discard"], calls);
    }

    [BrowserFact]
    public async Task Others_than_operators_are_told_that_the_page_is_not_for_them()
    {
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, Path);

        await screen.SeeAsync("This page is for operators");
        await screen.CheckAsync("operations-refused");
    }

    private static Task AnswerAsync(IRoute route, List<string> calls, string page)
    {
        if (route.Request.Method == "POST") calls.Add(new Uri(route.Request.Url).AbsolutePath);
        return route.FulfillAsync(new() { ContentType = "application/json", Body = route.Request.Method == "POST" ? "{}" : page });
    }

    private async Task<bool> UploadsAsync()
    {
        using var response = await web.App.GetAsync(Sample.Operator, "/v1/operations/mode");
        return (bool)(await response.JsonAsync())["uploads"]!;
    }
}
