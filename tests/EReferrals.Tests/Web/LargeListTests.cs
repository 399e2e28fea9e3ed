using Microsoft.Playwright;
using Xunit.Abstractions;

namespace EReferrals.Tests.Web;

/// <summary>Long lists and long days, with made-up answers, so that only the page is measured.</summary>
[Collection(UsesWebApp.Name)]
public sealed class LargeListTests(WebApp web, ITestOutputHelper output)
{
    private const string Path = "/app/lists/REFERRALS_FOR_REVIEW";
    private const int ScrollStep = 2000;

    // Answers for the list inside the page: a thousand referrals in pages of a hundred, and a change feed without changes.
    private const string Answers = MadeUpAnswers.Script + """
        (() => {
          window.polls = 0;
          window.fetch = (address, options) => {
            const url = new URL(address, location.href);
            if (!url.pathname.startsWith('/v1/worklists/')) return window.realFetch(address, options);
            if (url.pathname.endsWith('/changes')) {
              window.polls++;
              return options.headers['If-None-Match'] ? Promise.resolve(new Response(null, { status: 304 }))
                : window.json({ changes: [], next: 'c', more: false });
            }

            const from = Number(url.searchParams.get('cursor') ?? 0);
            return window.json({ list: 'REFERRALS_FOR_REVIEW', organisation: 'R69', version: 1, asOf: new Date().toISOString(), source: 'live', changes: 'c',
              entries: Array.from({ length: 100 }, (_, n) => window.entry(from + n)), next: from + 100 < 1000 ? String(from + 100) : null });
          };
        })();
        """;

    [BrowserFact]
    public async Task A_list_of_a_thousand_referrals_is_laid_out_a_few_times_and_not_once_for_each_row()
    {
        await using var screen = await OpenAsync();
        await ShowAllAsync(screen);

        await screen.Page.Locator("#nav a").First.ClickAsync();
        await screen.SeeAsync("Your lists");
        var metrics = await MetricsAsync(screen);
        var before = await metrics();
        await screen.Page.Locator("#nav a[href$=REFERRALS_FOR_REVIEW]").ClickAsync();
        await Assertions.Expect(Rows(screen)).ToHaveCountAsync(1000);
        await FrameAsync(screen);
        var after = await metrics();

        output.WriteLine($"To show 1,000 rows took {(after["TaskDuration"] - before["TaskDuration"]) * 1000:0} ms.");
        Assert.InRange(after["LayoutCount"] - before["LayoutCount"], 1, 20);
        Assert.InRange(after["RecalcStyleCount"] - before["RecalcStyleCount"], 1, 40);
    }

    [BrowserFact]
    public async Task Scrolling_through_a_list_of_a_thousand_referrals_changes_none_of_its_rows()
    {
        await using var screen = await OpenAsync();
        await ShowAllAsync(screen);
        await screen.Page.EvaluateAsync(
            """
            () => {
              window.changed = 0;
              const all = { subtree: true, childList: true, attributes: true, characterData: true };
              new MutationObserver((records) => window.changed += records.length).observe(document.querySelector('tbody'), all);
            }
            """);
        var metrics = await MetricsAsync(screen);
        var (longest, last) = (0.0, (await metrics())["TaskDuration"]);

        for (var y = 0; await ScrollAsync(screen, y); y += ScrollStep)
        {
            var now = (await metrics())["TaskDuration"];
            (longest, last) = (Math.Max(longest, now - last), now);
        }

        output.WriteLine($"The longest step of scrolling took {longest * 1000:0} ms.");
        Assert.Equal(0, await screen.Page.EvaluateAsync<int>("() => window.changed"));
    }

    [BrowserFact]
    public async Task A_day_of_polling_does_not_grow_the_memory_of_the_page()
    {
        await using var screen = await OpenAsync();
        await screen.SeeAsync("Referrals for review");
        await PollAsync(screen, 500);
        var before = await MemoryAsync(screen);

        await PollAsync(screen, 5_000);

        var growth = await MemoryAsync(screen) - before;
        output.WriteLine($"5,000 polls grew the memory by {growth / 1000:0} KB.");
        Assert.InRange(growth, double.MinValue, 1_000_000);
    }

    // What the browser counts of the page's work; durations are in seconds of the processor.
    private static async Task<Func<Task<Dictionary<string, double>>>> MetricsAsync(Screen screen)
    {
        var session = await screen.Page.Context.NewCDPSessionAsync(screen.Page);
        await session.SendAsync("Performance.enable", new() { ["timeDomain"] = "threadTicks" });
        return async () => (await session.SendAsync("Performance.getMetrics"))!.Value.GetProperty("metrics").EnumerateArray()
            .ToDictionary(metric => metric.GetProperty("name").GetString()!, metric => metric.GetProperty("value").GetDouble());
    }

    private static ILocator Rows(Screen screen) => screen.Page.Locator("tbody tr");

    private static async Task ShowAllAsync(Screen screen)
    {
        await screen.SeeAsync("Referrals for review");
        await screen.Page.GetByRole(AriaRole.Button, new() { Name = "Show all" }).ClickAsync();
        await Assertions.Expect(Rows(screen)).ToHaveCountAsync(1000);
    }

    private static async Task<bool> ScrollAsync(Screen screen, int y)
    {
        await screen.Page.EvaluateAsync("y => window.scrollTo(0, y)", y);
        await FrameAsync(screen);
        return await screen.Page.EvaluateAsync<bool>("y => y < document.body.scrollHeight", y);
    }

    // The second frame begins after the first one is drawn.
    private static async Task FrameAsync(Screen screen) => await
        screen.Page.EvaluateAsync("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");

    // The page polls at once when the browser says that it is online again.
    private static async Task PollAsync(Screen screen, int count) => await screen.Page.EvaluateAsync(
        """
        async (count) => {
          const channel = new MessageChannel();
          for (const until = window.polls + count; window.polls < until;) {
            const seen = window.polls;
            window.dispatchEvent(new Event('online'));
            while (window.polls === seen) await new Promise((done) => { channel.port1.onmessage = done; channel.port2.postMessage(0); });
          }
        }
        """,
        count);

    private static async Task<double> MemoryAsync(Screen screen)
    {
        var session = await screen.Page.Context.NewCDPSessionAsync(screen.Page);
        await session.SendAsync("HeapProfiler.collectGarbage");
        var usage = await session.SendAsync("Runtime.getHeapUsage");
        return usage!.Value.GetProperty("usedSize").GetDouble();
    }

    private async Task<Screen> OpenAsync()
    {
        var screen = await web.OpenAsync();
        await screen.Page.AddInitScriptAsync(Answers);
        await screen.OpenAsync(Path);
        await screen.SignInAsync("103264994981|R69:SERVICE_PROVIDER_CLINICIAN");
        return screen;
    }
}
