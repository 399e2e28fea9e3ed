using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace EReferrals.Tests.Web;

/// <summary>A browser window of one user. At its end it fails when a script failed or the content security policy blocked something.</summary>
public sealed class Screen : IAsyncDisposable
{
    private static readonly string Results = Path.Combine(Repository.Root, "tests", "EReferrals.Tests", "Web", "results");

    private readonly IBrowserContext _context;
    // Nothing that is secret or about a patient may be in an address: addresses are logged, kept in histories and passed on.
    // A token is two JSON objects in base64 with a full stop between; the random text of a sign-in can contain the first letters by chance, but no full stop.
    private static readonly Regex Secret = new("999[0-9]{7}|(?-i:eyJ)[A-Za-z0-9_-]+[.]|Jones", RegexOptions.Compiled | RegexOptions.IgnoreCase);

    // On a busy machine the browser may draw nothing for longer than the library's 5 s. No test fails for a time.
    private const float Patience = 60_000;

    private readonly ConcurrentQueue<string> _faults = [];

    static Screen() => Assertions.SetDefaultExpectTimeout(Patience);

    public Screen(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        Page.SetDefaultTimeout(Patience);
        Page.PageError += (_, error) => _faults.Enqueue(error);
        context.Request += (_, request) =>
        {
            if (Secret.IsMatch(request.Url)) _faults.Enqueue($"The address {request.Url} tells too much.");
            // The protocol reports an empty referrer where none is sent.
            var referrer = request.Headers.GetValueOrDefault("referer", "");
            if (referrer.Length > 0) _faults.Enqueue($"{request.Url} tells its referrer, {referrer}.");
        };
        Page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security Policy", StringComparison.OrdinalIgnoreCase)) _faults.Enqueue(message.Text);
        };
    }

    public IPage Page { get; }

    public ILocator Heading => Page.Locator("main h1");

    /// <summary>Waits until the view with this heading is shown.</summary>
    public Task SeeAsync(string heading) => Assertions.Expect(Heading).ToContainTextAsync(heading);

    /// <summary>Signs in as one of the seeded users.</summary>
    /// <param name="choice">The user, a bar and the role, such as <c>103264994981|R69:SERVICE_PROVIDER_CLINICIAN</c>, or <c>*</c> for all roles.</param>
    public async Task SignInAsync(string choice, int? expiresIn = null)
    {
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await ChooseAsync(Page, choice, expiresIn);
        await Assertions.Expect(Page.Locator("#who")).ToContainTextAsync("Sign out");
    }

    /// <summary>Chooses a user on the issuer's page.</summary>
    public static async Task ChooseAsync(IPage page, string choice, int? expiresIn = null)
    {
        if (expiresIn is { } seconds)
        {
            await page.Locator("summary").ClickAsync();
            await page.Locator("#expires").FillAsync(seconds.ToString(CultureInfo.InvariantCulture));
        }

        await page.Locator($"button[value='{choice}']").ClickAsync();
    }

    /// <summary>Sends the form that is shown.</summary>
    public Task SubmitAsync() => Page.Locator("main form button[type=submit]").ClickAsync();

    /// <summary>Waits until the page says that something was done.</summary>
    public Task SeeDoneAsync(string text) => Assertions.Expect(Page.Locator("[data-notice=done]")).ToContainTextAsync(text);

    /// <summary>Waits until the element is there with this text.</summary>
    public Task SeeInAsync(string selector, string text) =>
        Assertions.Expect(Page.Locator(selector)).ToContainTextAsync(text);

    public Task OpenAsync(string path) => Page.GotoAsync(path);

    /// <summary>Presses a button, or a link that looks like one, by its whole name.</summary>
    public Task PressAsync(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true }).ClickAsync();

    /// <summary>Keeps a screenshot of this state, and fails with what the checker of accessibility finds.</summary>
    public async Task CheckAsync(string name)
    {
        await KeepAsync(name);
        var found = await Page.RunAxe(new AxeRunOptions { ResultTypes = [ResultType.Violations] });
        Assert.True(found.Violations.Length == 0, $"{name}: {string.Join("; ", found.Violations.Select(Words))}");
    }

    /// <summary>Keeps a screenshot of this state.</summary>
    public async Task KeepAsync(string name)
    {
        System.IO.Directory.CreateDirectory(Results);
        await Page.ScreenshotAsync(new() { Path = Path.Combine(Results, $"{name}.png"), FullPage = true });
    }

    public async ValueTask DisposeAsync()
    {
        await _context.CloseAsync();
        Assert.True(_faults.IsEmpty, string.Join('\n', _faults.Distinct()));
    }

    private static string Words(AxeResultItem item) => $"{item.Id}: {item.Help} at {string.Join(", ", item.Nodes.Select(node => node.Html))}";
}
