using EReferrals.Tests.Journeys;
using Microsoft.Playwright;

namespace EReferrals.Tests.Web;

/// <summary>What the page shows when the service refuses, fails or cannot be reached.</summary>
[Collection(UsesWebApp.Name)]
public sealed class FailureTests(WebApp web)
{
    private const string List = "/app/lists/APPOINTMENT_SLOT_ISSUES";

    private static readonly (int Status, string Heading)[] Refusals =
    [
        (403, "You may not see this"), (404, "Not found"), (409, "This has changed"), (423, "Somebody else is changing this"), (429, "Too many requests"),
        (500, "Sorry, there is a problem with the service"), (503, "The service is partly down"),
    ];

    [BrowserFact]
    public async Task Every_refusal_has_its_own_words_and_Retry_After_is_waited_for()
    {
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician);
        foreach (var (status, heading) in Refusals)
        {
            await screen.Page.RouteAsync("**/v1/worklists/**", route => route.FulfillAsync(new()
            {
                Status = status,
                ContentType = "application/problem+json",
                Headers = new Dictionary<string, string> { ["Retry-After"] = "120" },
                Body = $$"""{ "title": "Refused", "status": {{status}}, "detail": "It did not answer. Retry the request.", "correlationId": "abc" }""",
            }));
            await ShowAsync(screen, List);
            await screen.SeeAsync(heading);
            await Assertions.Expect(screen.Page.Locator("main")).Not.ToContainTextAsync("Retry the request");
            if (status is 429 or 503) await screen.SeeInAsync(".app-failure", "tries again by itself in");
            await screen.CheckAsync($"failure-{status}");
            await screen.Page.UnrouteAsync("**/v1/worklists/**");
            await ShowAsync(screen, "/app");
            await screen.SeeAsync("Your lists");
        }
    }

    [BrowserFact]
    public async Task An_unreadable_answer_a_lost_connection_and_a_refused_token_are_explained()
    {
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician);
        await screen.Page.RouteAsync("**/v1/referrals/**", route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<p>A proxy" }));
        await ShowAsync(screen, "/app/referrals/000000012345");
        await screen.SeeAsync("The answer could not be read");
        await screen.CheckAsync("failure-unreadable");
        await screen.Page.UnrouteAsync("**/v1/referrals/**");

        await ShowAsync(screen, "/app");
        await screen.SeeAsync("Your lists");
        await screen.Page.Context.SetOfflineAsync(true);
        await ShowAsync(screen, List);
        await screen.SeeAsync("You are offline");
        await screen.CheckAsync("failure-offline");
        await screen.Page.Context.SetOfflineAsync(false);
        await screen.PressAsync("Try again");
        await screen.SeeAsync("Appointment slot issues");
        await screen.CheckAsync("list-empty");

        await screen.Page.RouteAsync("**/v1/referrals/**", route => route.FulfillAsync(new() { Status = 401 }));
        await ShowAsync(screen, "/app/referrals/000000012345");
        await screen.SeeAsync("Your sign-in has ended");
        await screen.SeeInAsync("[data-notice=expired]", "Sign in again");
        await screen.CheckAsync("failure-401");
    }

    [BrowserFact]
    public async Task While_the_service_is_slow_to_answer_the_page_says_so_and_shows_the_answer_when_it_comes()
    {
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician);
        await screen.SeeAsync("Your lists");
        var answer = new TaskCompletionSource();
        await screen.Page.RouteAsync("**/v1/worklists/**", async route =>
        {
            await answer.Task;
            await route.ContinueAsync();
        });
        await ShowAsync(screen, List);
        await screen.SeeAsync("Loading");
        await screen.SeeInAsync("main", "The service has not answered yet.");
        await screen.CheckAsync("slow");

        answer.SetResult();

        await screen.SeeAsync("Appointment slot issues");
        await screen.Page.UnrouteAllAsync();
        // Twelve seconds in a moment: the page asks for a signal that ends its request after that time.
        await screen.Page.EvaluateAsync("AbortSignal.timeout = () => AbortSignal.abort()");
        await ShowAsync(screen, "/app/lists/REFERRALS_FOR_REVIEW");
        await screen.SeeAsync("The service is slow to answer");
        await screen.SeeInAsync(".app-failure", "tries again by itself in");
        await screen.CheckAsync("failure-slow");
    }

    [BrowserFact]
    public async Task The_start_page_says_when_its_counts_are_copies_and_does_not_call_a_list_empty_that_it_cannot_count()
    {
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician);
        await screen.SeeAsync("Your lists");
        await screen.Page.RouteAsync("**/v1/worklists", route => route.FulfillAsync(new()
        {
            ContentType = "application/json",
            Headers = new Dictionary<string, string> { ["Warning"] = "110 - \"Response is Stale\"", ["Age"] = "240" },
            Body = """
                { "worklists": [{ "list": "REFERRALS_FOR_REVIEW", "count": 12, "overdue": 3, "version": 7, "oldest": "2026-11-20T10:00:00Z" }] }
                """,
        }));
        await ShowAsync(screen, List);
        await screen.SeeAsync("Appointment slot issues");
        await ShowAsync(screen, "/app");

        await screen.SeeInAsync("[role=alert]", "The service is partly down. These are the counts as at");
        await screen.SeeInAsync(".app-card:has(a[href$='REFERRALS_FOR_REVIEW'])", "3 overdue");
        await screen.SeeInAsync(".app-card:has(a[href$='APPOINTMENT_SLOT_ISSUES'])", "cannot be counted now");
        await Assertions.Expect(screen.Page.Locator("main")).Not.ToContainTextAsync("Nothing is waiting");
        await screen.CheckAsync("start-copy");
    }

    [BrowserFact]
    public async Task While_the_store_is_down_an_open_list_stays_and_says_how_old_it_is_and_goes_on_afterwards()
    {
        var ubrn = await web.ReferAsync("Surviving");
        // The copy of the list is written a moment later.
        await web.App.SettleAsync();
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, "/app/lists/REFERRALS_FOR_REVIEW");
        await screen.SeeInAsync($"tr[data-ubrn='{ubrn}']", "Surviving");

        await web.App.Local.Azurite!.Records.StopAsync();
        try
        {
            await Assertions.Expect(screen.Page.Locator("[data-liveness]")).ToContainTextAsync("what you decide may be refused");
            await screen.SeeInAsync($"tr[data-ubrn='{ubrn}']", "Surviving");
            await screen.CheckAsync("list-partly-down");
            await using var late = await web.OpenAsAsync(Sample.ProviderClinician, "/app/lists/REFERRALS_FOR_REVIEW");
            await late.SeeInAsync("[data-liveness=copy]", "This is a copy of the list, as at");
            await late.SeeInAsync($"tr[data-ubrn='{ubrn}']", "Surviving");
            await late.CheckAsync("list-copy");
        }
        finally
        {
            await web.App.Local.Azurite!.Records.StartAsync();
        }

        await Assertions.Expect(screen.Page.Locator("[data-liveness]")).ToHaveCountAsync(0);
        var next = await Repeated(() => web.ReferAsync("Afterwards", "ROUTINE"));
        await Assertions.Expect(screen.Page.Locator($"tr[data-ubrn='{next}']").Or(screen.Page.Locator(".app-held button")).First)
            .ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task An_open_list_stays_and_is_marked_while_the_connection_is_gone()
    {
        var ubrn = await web.ReferAsync("Connected");
        await using var screen = await web.OpenAsAsync(Sample.ProviderClinician, "/app/lists/REFERRALS_FOR_REVIEW");
        await screen.SeeInAsync($"tr[data-ubrn='{ubrn}']", "Connected");

        await screen.Page.Context.SetOfflineAsync(true);
        // The next poll would come in five seconds.
        await screen.Page.EvaluateAsync("window.dispatchEvent(new Event('online'))");
        await screen.SeeInAsync("[data-liveness=offline]", "The service cannot be reached. This is the list as at");
        await screen.SeeInAsync($".app-old tr[data-ubrn='{ubrn}']", "Connected");
        await screen.CheckAsync("list-offline");
        await screen.Page.Context.SetOfflineAsync(false);

        await Assertions.Expect(screen.Page.Locator("[data-liveness]")).ToHaveCountAsync(0);
        await Assertions.Expect(screen.Page.Locator(".app-old")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task A_part_of_a_page_that_cannot_be_read_says_so_and_the_rest_stays()
    {
        await using var practice = await web.OpenAsAsync(Sample.ReferringClinician);
        await practice.Page.RouteAsync("**/v1/services**", route => route.FulfillAsync(new() { Status = 503 }));
        await ShowAsync(practice, "/app/refer");
        await practice.SeeInAsync(".app-form", "The services could not be read. The service is partly down.");
        await practice.CheckAsync("refer-without-services");
        await practice.Page.UnrouteAllAsync();
        await practice.PressAsync("Try again");
        await practice.SeeInAsync(".app-services", "Cardiology");

        await using var operating = await web.OpenAsAsync(Sample.Operator);
        await operating.Page.RouteAsync("**/v1/operations/dead-letters**", route => route.AbortAsync());
        await ShowAsync(operating, "/app/operations");
        await operating.SeeInAsync("[aria-labelledby=dead-letters]", "This part could not be read.");
        await operating.SeeInAsync("[aria-labelledby=messages]", "No message is shown.");
        await operating.CheckAsync("operations-partly-read");
    }

    [BrowserFact]
    public async Task An_unknown_address_of_the_page_leads_to_the_lists()
    {
        await using var screen = await web.OpenAsync("/app/nowhere");
        await screen.SeeAsync("Page not found");
        await screen.CheckAsync("not-found");
        await screen.Page.GetByRole(AriaRole.Link, new() { Name = "your lists" }).ClickAsync();
        await screen.SignInAsync("103264994981|*");
        await screen.SeeAsync("Your lists");
    }

    // Without a reload, which would sign in again.
    private static async Task ShowAsync(Screen screen, string path) => await screen.Page.EvaluateAsync(
        "path => { const link = document.createElement('a'); link.href = path; document.body.append(link); link.click(); link.remove(); }", path);

    // Just after an outage the service may refuse for a moment.
    private static async Task<string> Repeated(Func<Task<string>> refer)
    {
        string? ubrn = null;
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                ubrn = await refer();
                return true;
            }
            catch (Xunit.Sdk.XunitException)
            {
                return false;
            }
        });
        return ubrn!;
    }
}
