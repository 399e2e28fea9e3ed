using Microsoft.Playwright;

namespace EReferrals.Tests.Web;

/// <summary>What an open list shows while it changes, with made-up answers, so that each change comes at a certain moment.</summary>
[Collection(UsesWebApp.Name)]
public sealed class ListFollowTests(WebApp web)
{
    // A first page of three referrals, a second page of one, and the batches of changes that a test puts into window.feed.
    private const string Answers = MadeUpAnswers.Script + """
        (() => {
          window.feed = [];
          window.second = [40];
          window.fetch = (address, options) => {
            const url = new URL(address, location.href);
            if (!url.pathname.startsWith('/v1/worklists/')) return window.realFetch(address, options);
            if (url.pathname.endsWith('/changes')) {
              const changes = window.feed.shift();
              return changes ? window.json({ changes, next: 'c' + Math.random(), more: false }) : Promise.resolve(new Response(null, { status: 304 }));
            }

            const isFirst = !url.searchParams.get('cursor');
            return window.json({ list: 'REFERRALS_FOR_REVIEW', organisation: 'R69', version: 1, asOf: new Date().toISOString(), source: 'live', changes: 'c',
              entries: isFirst ? [10, 20, 30].map((n) => window.entry(n)) : window.second.map((n) => window.entry(n)), next: isFirst ? 'p2' : null });
          };
        })();
        """;

    [BrowserFact]
    public async Task Referrals_that_arrive_together_before_the_end_of_the_loaded_page_are_all_shown()
    {
        await using var screen = await OpenAsync();

        await ChangeAsync(screen, "[12, 27].map((n) => ({ change: 'PUT', ubrn: entry(n).ubrn, entry: entry(n) }))");
        await screen.Page.GetByRole(AriaRole.Button, new() { Name = "Show 2 new referrals" }).ClickAsync();

        await ExpectAsync(screen, "Patient 10", "Patient 12", "Patient 20", "Patient 27", "Patient 30");
    }

    [BrowserFact]
    public async Task A_referral_that_arrives_after_the_last_one_of_the_loaded_page_has_left_is_shown()
    {
        await using var screen = await OpenAsync();
        await ChangeAsync(screen, "[{ change: 'REMOVED', ubrn: entry(30).ubrn }]");
        await screen.SeeInAsync("tr[data-ubrn='000000000030']", "No longer on this list");

        await ChangeAsync(screen, "[{ change: 'PUT', ubrn: entry(28).ubrn, entry: entry(28) }]");

        await screen.SeeInAsync("tbody", "Patient 28");
        await screen.Page.GetByRole(AriaRole.Button, new() { Name = "Show the next 100" }).ClickAsync();
        await screen.SeeInAsync("tbody", "Patient 40");
    }

    [BrowserFact]
    public async Task A_new_referral_that_changes_before_it_is_shown_is_shown_as_it_is_now()
    {
        await using var screen = await OpenAsync();
        await ChangeAsync(screen, "[{ change: 'PUT', ubrn: entry(12).ubrn, entry: entry(12) }]");
        var show = screen.Page.GetByRole(AriaRole.Button, new() { Name = "Show 1 new referral" });
        await Assertions.Expect(show).ToBeVisibleAsync();

        await ChangeAsync(screen, "[{ change: 'PUT', ubrn: entry(12).ubrn, entry: entry(12, 'Corrected') }]");
        await Assertions.Expect(screen.Page.Locator(".app-status")).ToContainTextAsync("first 4");
        await show.ClickAsync();

        await ExpectAsync(screen, "Patient 10", "Corrected", "Patient 20", "Patient 30");
    }

    [BrowserFact]
    public async Task A_referral_that_leaves_the_list_and_comes_back_is_shown_once_and_says_so()
    {
        await using var screen = await OpenAsync();
        await ChangeAsync(screen, "[{ change: 'REMOVED', ubrn: entry(20).ubrn }]");
        await screen.SeeInAsync("tr[data-ubrn='000000000020']", "No longer on this list");

        await ChangeAsync(screen, "[{ change: 'PUT', ubrn: entry(20).ubrn, entry: entry(20) }]");

        await screen.SeeInAsync("tr[data-ubrn='000000000020']", "Back on this list");
        await ExpectAsync(screen, "Patient 10", "Patient 20", "Patient 30");
    }

    [BrowserFact]
    public async Task A_referral_that_leaves_the_first_page_and_is_on_the_second_is_shown_once_and_a_search_finds_it_there()
    {
        await using var screen = await OpenAsync();
        await ChangeAsync(screen, "[{ change: 'REMOVED', ubrn: entry(20).ubrn }]");
        await screen.SeeInAsync("tr[data-ubrn='000000000020']", "No longer on this list");
        await screen.Page.Locator("#search").FillAsync("patient 10");
        await Assertions.Expect(screen.Page.Locator("tbody tr:visible")).ToHaveCountAsync(1);
        await screen.Page.Locator("#search").FillAsync("");
        await screen.Page.EvaluateAsync("window.second = [20, 40]");

        await screen.Page.GetByRole(AriaRole.Button, new() { Name = "Show the next 100" }).ClickAsync();

        await screen.SeeInAsync("tr[data-ubrn='000000000020']", "Back on this list");
        await ExpectAsync(screen, "Patient 10", "Patient 20", "Patient 30", "Patient 40");
    }

    // The page polls at once when the browser says that it is online again.
    private static async Task ChangeAsync(Screen screen, string changes) => await screen.Page.EvaluateAsync($$"""
        async () => {
          window.feed.push({{changes}});
          while (window.feed.length > 0) {
            window.dispatchEvent(new Event('online'));
            await new Promise((done) => setTimeout(done, 20));
          }
        }
        """);

    private static Task ExpectAsync(Screen screen, params string[] names) =>
        Assertions.Expect(screen.Page.Locator("tbody tr td:nth-child(2) a")).ToHaveTextAsync(names);

    private async Task<Screen> OpenAsync()
    {
        var screen = await web.OpenAsync();
        await screen.Page.AddInitScriptAsync(Answers);
        await screen.OpenAsync("/app/lists/REFERRALS_FOR_REVIEW");
        await screen.SignInAsync("103264994981|R69:SERVICE_PROVIDER_CLINICIAN");
        await screen.SeeInAsync("tbody", "Patient 30");
        return screen;
    }
}
