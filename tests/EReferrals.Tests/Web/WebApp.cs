using System.Text.Json.Nodes;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Tests.Journeys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace EReferrals.Tests.Web;

/// <summary>One running app and one browser for all tests of the page. Fails when the app logs patient data.</summary>
public sealed class WebApp : IAsyncLifetime, IDisposable
{
    private readonly PatientDataCheck _patientData = new();
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public RunningApp App { get; private set; } = null!;

    internal ShiftedClock Clock { get; } = new();

    public async Task InitializeAsync()
    {
        if (BrowserFactAttribute.Program is null) return;
        var starting = RunningApp.StartAsync(builder =>
        {
            _patientData.AddTo(builder);
            builder.Services.AddSingleton<TimeProvider>(Clock);
        });
        _playwright = await Playwright.CreateAsync();
        _browser = await LaunchAsync(BrowserFactAttribute.WithoutWindows!);
        App = await starting;
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (App is null) return;
        await App.DisposeAsync();
        Assert.Empty(_patientData.LinesWithPatientData);
    }

    public void Dispose() => _patientData.Dispose();

    /// <summary>Launches the whole browser, which also shows PDF documents.</summary>
    public Task<IBrowser> LaunchWholeAsync() => LaunchAsync(BrowserFactAttribute.Program!);

    private Task<IBrowser> LaunchAsync(string program) => _playwright!.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
    {
        ExecutablePath = program,
        Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"],
    });

    /// <summary>Opens a window of its own, with its own cookies, at an address of the page.</summary>
    public async Task<Screen> OpenAsync(string path = "/app", int width = 1280, int height = 900, IBrowser? browser = null)
    {
        var context = await (browser ?? _browser!).NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = App.Local.HttpAddress.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = height },
            Locale = "en-GB",
            TimezoneId = "America/New_York",
        });
        var screen = new Screen(context, await context.NewPageAsync());
        await screen.Page.GotoAsync(path);
        return screen;
    }

    /// <summary>Opens a window in which a user has signed in.</summary>
    public async Task<Screen> OpenAsAsync(
        Actor actor, string path = "/app", int width = 1280, int height = 900, int? expiresIn = null, IBrowser? browser = null)
    {
        var screen = await OpenAsync(path, width, height, browser);
        await screen.SignInAsync($"{actor.User}|{actor.Organisation}:{Code.From(actor.Role)}", expiresIn);
        return screen;
    }

    /// <summary>Refers a patient of this name and returns the UBRN when the referral is on its lists.</summary>
    public async Task<string> ReferAsync(
        string familyName, string priority = "URGENT", string service = Sample.Service, string reason = "Chest pain on exertion", string? letter = null)
    {
        var submission = JourneySteps.Submission(priority, service);
        submission["patient"]!["familyName"] = familyName;
        submission["reason"] = reason;
        if (letter is not null) submission["attachments"] = new JsonArray(letter);
        var ubrn = await App.SubmitAsync(Sample.ReferringClinician, submission);
        await App.DrainAsync();
        return ubrn;
    }
}

[CollectionDefinition(Name)]
public sealed class UsesWebApp : ICollectionFixture<WebApp>
{
    public const string Name = "web";
}
