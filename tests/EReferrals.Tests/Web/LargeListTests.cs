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
    public async Task A_list_of_a_thousand_referrals_is_shown_with_less_than_a_second_of_work_and_scrolls_without_a_task_over_50_ms()
    {
        await using var screen = await OpenAsync();
        await screen.SeeAsync("Referrals for review");
        await screen.Page.GetByRole(AriaRole.Button, new() { Name = "Show all" }).ClickAsync();
        await Assertions.Expect(screen.Page.Locator("tbody tr")).ToHaveCountAsync(1000);

        var work = await WorkOfPageAsync(screen);
        var longest = 0.0;
        for (var y = 0; await ScrollAsync(screen, y); y += ScrollStep) longest = Math.Max(longest, await work());

        await screen.Page.Locator("#nav a").First.ClickAsync();
        await screen.SeeAsync("Your lists");
        await work();
        await screen.Page.Locator("#nav a[href$=REFERRALS_FOR_REVIEW]").ClickAsync();
        await Assertions.Expect(screen.Page.Locator("tbody tr")).ToHaveCountAsync(1000);
        await FrameAsync(screen);
        var opened = await work();

        output.WriteLine($"To show 1,000 rows took {opened:0} ms, the longest step of scrolling {longest:0} ms.");
        Assert.InRange(longest, 0, 50);
        Assert.InRange(opened, 0, 1_000);
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

    // Returns the milliseconds that the page has worked since the last call, in the time of the processor: a busy machine makes it wait, not work more.
    private static async Task<Func<Task<double>>> WorkOfPageAsync(Screen screen)
    {
        var session = await screen.Page.Context.NewCDPSessionAsync(screen.Page);
        await session.SendAsync("Performance.enable", new() { ["timeDomain"] = "threadTicks" });
        var before = 0.0;
        await WorkAsync();
        return WorkAsync;

        async Task<double> WorkAsync()
        {
            var metrics = (await session.SendAsync("Performance.getMetrics"))!.Value.GetProperty("metrics");
            var total = metrics.EnumerateArray().Single(metric => metric.GetProperty("name").GetString() == "TaskDuration").GetProperty("value").GetDouble();
            var work = (total - before) * 1000;
            before = total;
            return work;
        }
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
